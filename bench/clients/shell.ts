import type { Peer } from './client'
import { firstLine, ssh } from './ssh'

// Both take a shell on the server, which the action has to do without. They show what the line and the machine can give.
// Compression pays on a slow line alone, so it is tried.

/** rsync over ssh. */
export const rsync: Peer = {
  name: 'rsync',
  variants: () => ['', '--compress'],
  version: () => firstLine('rsync', '--version'),
  command: ({ server, set }, variant) => ({
    words: [
      ...['rsync', '--recursive', '--times', ...(variant ? [variant] : []), `--rsh=${ssh(server)}`],
      ...[`${set.folder}/`, `${server.username}@${server.host}:${server.rootPath}/`]
    ]
  })
}

/** tar, piped into ssh. It sends everything, always. */
export const tar: Peer = {
  name: 'tar',
  variants: () => ['', 'ssh -C'],
  version: () => firstLine('tar', '--version'),
  command: ({ server, set }, variant) => {
    const send = `tar --directory=${set.folder} --create --file=- .`
    const receive = `${ssh(server)} ${variant === '' ? '' : '-C'} ${server.username}@${server.host} tar --directory=${server.rootPath} --extract --file=-`
    return { words: ['bash', '-c', `set -o pipefail; ${send} | ${receive}`] }
  }
}
