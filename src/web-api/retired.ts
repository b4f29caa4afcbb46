import { readBytes } from '../site/read-bytes'
import type { Log } from '../release/log'
import type { Reading, Transport } from '../transport/port'
import { joinRemote } from '../transport/remote-path'
import { isRetiredPage, offlinePageName, retiredPage, retiredPageRest } from './offline-page'

/** Names in a folder of Web APIs: of the offline page, in the case in which it is there, and of one that was being put there. */
async function findPages(
  transport: Reading,
  folder: string
): Promise<{ readonly page: string | undefined; readonly rest: string | undefined }> {
  const entries = await transport.list(joinRemote(transport.root, folder))
  const find = (wanted: string): string | undefined =>
    entries.find(({ name, kind }) => kind === 'file' && name.toLowerCase() === wanted)?.name
  return { page: find(offlinePageName), rest: find(retiredPageRest) }
}

/**
 * Stops Web APIs with a page of the action's own. One that is there already is left as it is.
 *
 * @param folder relative to the root; it must be there
 */
export async function putRetiredPage(transport: Transport, folder: string): Promise<void> {
  if ((await findPages(transport, folder)).page !== undefined) return
  const file = joinRemote(transport.root, folder, offlinePageName)
  const written = joinRemote(transport.root, folder, retiredPageRest)
  try {
    // Half a page stops them as a whole one does, and nobody would know it for ours.
    await transport.write(written, { bytes: Buffer.from(retiredPage) })
    await transport.rename(written, file)
  } catch (error) {
    for (const each of [written, file]) await transport.remove(each).catch(() => undefined)
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
  const { page, rest } = await findPages(transport, folder)
  if (rest !== undefined) await transport.remove(joinRemote(transport.root, folder, rest))
  if (page === undefined) return false
  const file = joinRemote(transport.root, folder, page)
  if (!isRetiredPage((await readBytes(transport, file)).toString('utf8'))) {
    log.warning(`"${file}" was not put there by a drain, and stays: these Web APIs answer 503 until it is removed.`)
    return false
  }
  await transport.remove(file)
  log.info(`The Web APIs in "${folder}" were retired, and may start again.`)
  return true
}
