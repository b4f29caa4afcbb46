// fast-put.mjs FOLDER REMOTE
import { readdir } from 'node:fs/promises'
import { join, relative } from 'node:path'
import { logIn } from './login.mjs'

const AT_ONCE = 64

const [folder = '', remote = ''] = process.argv.slice(2)
const client = await logIn()
// ssh2 lets small packets wait for each other; the types of ssh2-sftp-client do not have its connection.
const connection = /** @type {import('ssh2').Client} */ (/** @type {{ client?: unknown }} */ (client).client)
connection.setNoDelay(true)
connection.setMaxListeners(0)

const entries = await readdir(folder, { recursive: true, withFileTypes: true })
const paths = entries.map(entry => ({
  isFolder: entry.isDirectory(),
  path: relative(folder, join(entry.parentPath, entry.name))
}))

// Folders of one depth at once; one may be there already.
const folders = paths.filter(({ isFolder }) => isFolder).map(({ path }) => path)
const depthOf = (/** @type {string} */ path) => path.split('/').length
for (const depth of [...new Set(folders.map(depthOf))].sort()) {
  const level = folders.filter(path => depthOf(path) === depth)
  await Promise.all(level.map(path => client.mkdir(`${remote}/${path}`).catch(() => undefined)))
}

const files = paths.filter(({ isFolder }) => !isFolder).values()
const send = async () => {
  for (const { path } of files) await client.fastPut(join(folder, path), `${remote}/${path}`)
}
await Promise.all(Array.from({ length: AT_ONCE }, send))
await client.end()
