// upload-dir.mjs FOLDER REMOTE
import { logIn } from './login.mjs'

const [folder = '', remote = ''] = process.argv.slice(2)
const client = await logIn()
await client.uploadDir(folder, remote)
await client.end()
