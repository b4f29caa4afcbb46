import { asideName, type Leftovers } from '../site/temporary-name'
import { forEachInFlight } from '../transport/in-flight'
import type { Transport } from '../transport/port'
import { joinRemote } from '../transport/remote-path'
import type { Log } from './log'

/**
 * Clears away what an interrupted run left: first puts back the files whose only copy lies aside, then removes the rest.
 *
 * @param folder the folder that the paths are relative to, absolute
 */
export async function tidy(transport: Transport, folder: string, leftovers: Leftovers, log: Log): Promise<void> {
  for (const path of leftovers.restore) {
    const target = joinRemote(folder, path)
    await transport.rename(asideName(target), target)
    log.warning(`An interrupted run had moved "${target}" aside; it is back.`)
  }
  await forEachInFlight(leftovers.remove, transport.inFlight, path => transport.remove(joinRemote(folder, path)))
  if (leftovers.remove.length > 0) {
    log.info(`Removed ${leftovers.remove.length} temporary files that an interrupted run had left.`)
  }
}
