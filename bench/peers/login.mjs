import { readFile } from 'node:fs/promises'
import Client from 'ssh2-sftp-client'

/** Logs in as the environment says. */
export async function logIn() {
  const { SFTP_HOST: host = '', SFTP_PORT: port, SFTP_USERNAME: username = '', SFTP_KEY: key = '' } = process.env
  const client = new Client()
  await client.connect({ host, port: Number(port), username, privateKey: await readFile(key) })
  return client
}
