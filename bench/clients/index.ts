import { measure } from '../measure'
import type { Client, Peer } from './client'
import { lftp } from './lftp'
import { fastPut, ftpDeploy, uploadDir } from './npm'
import { rclone } from './rclone'
import { rsync, tar } from './shell'

export { ours } from './ours'

/** What the action is compared with. */
export const peers: readonly Client[] = [tar, rsync, lftp, rclone, fastPut, uploadDir, ftpDeploy].map(asClient)

function asClient(peer: Peer): Client {
  return { ...peer, send: async (job, variant, bounds) => measure(await peer.command(job, variant, bounds), bounds) }
}
