import { lchown, lstat, readdir } from 'node:fs/promises'
import { join } from 'node:path'
import { account } from './account'

/** Gives a file, or a folder with all that is in it, to the account of the clients: tests write as root. */
export async function handOver(path: string) {
  const below = (await lstat(path)).isDirectory() ? await readdir(path, { recursive: true }) : []
  for (const each of ['', ...below]) await lchown(join(path, each), account.uid, account.gid)
}
