import { readBytes } from '../site/read-bytes'
import type { Log } from '../release/log'
import type { Reading, Transport } from '../transport/port'
import { joinRemote } from '../transport/remote-path'
import { isRetiredPage, offlinePageName, retiredPage } from './offline-page'

/** Name of the offline page in a folder of Web APIs, in the case in which it is there. */
async function findPage(transport: Reading, folder: string): Promise<string | undefined> {
  const entries = await transport.list(joinRemote(transport.root, folder))
  return entries.find(({ name, kind }) => kind === 'file' && name.toLowerCase() === offlinePageName)?.name
}

/**
 * Stops Web APIs with a page of the action's own. One that is there already is left as it is.
 *
 * @param folder relative to the root; it must be there
 */
export async function putRetiredPage(transport: Transport, folder: string): Promise<void> {
  if ((await findPage(transport, folder)) !== undefined) return
  const file = joinRemote(transport.root, folder, offlinePageName)
  try {
    await transport.write(file, { bytes: Buffer.from(retiredPage) })
  } catch (error) {
    // Half a page stops them as a whole one does, and nobody would know it for ours.
    await transport.remove(file).catch(() => undefined)
    throw error
  }
}

/**
 * Lets Web APIs that were retired start again. A page of somebody else stays, with a warning.
 *
 * @param folder relative to the root; it must be there
 * @returns whether there was a page of ours
 */
export async function removeRetiredPage(transport: Transport, folder: string, log: Log): Promise<boolean> {
  const name = await findPage(transport, folder)
  if (name === undefined) return false
  const file = joinRemote(transport.root, folder, name)
  if (!isRetiredPage((await readBytes(transport, file)).toString('utf8'))) {
    log.warning(`"${file}" was not put there by a drain, and stays: these Web APIs answer 503 until it is removed.`)
    return false
  }
  await transport.remove(file)
  log.info(`The Web APIs in "${folder}" were retired, and may start again.`)
  return true
}
