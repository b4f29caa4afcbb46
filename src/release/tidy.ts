import { forEachInFlight } from '../transport/in-flight'
import type { Transport } from '../transport/port'
import { joinRemote } from '../transport/remote-path'
import type { Log } from './log'

/**
 * Removes temporary files that an interrupted run left.
 *
 * @param folder the folder that the paths are relative to, absolute
 */
export async function tidy(
  transport: Transport,
  folder: string,
  leftovers: readonly string[],
  log: Log
): Promise<void> {
  await forEachInFlight(leftovers, transport.inFlight, path => transport.remove(joinRemote(folder, path)))
  if (leftovers.length > 0) log.info(`Removed ${leftovers.length} temporary files that an interrupted run had left.`)
}
