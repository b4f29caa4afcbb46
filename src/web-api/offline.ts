import { setTimeout as sleep } from 'node:timers/promises'
import { codeOf, DeployError, messageOf } from '../errors'
import type { Log } from '../release/log'
import type { Run } from '../release/run'
import type { Site } from '../release/sites'
import type { Transport } from '../transport/port'
import { joinRemote } from '../transport/remote-path'
import { status } from '../transport/sftp-error'
import { offlinePageName } from './offline-page'

const page = `<!DOCTYPE html>
<html lang="en">
<head><meta charset="utf-8"><title>Being updated</title></head>
<body><p>These Web APIs are being updated.</p></body>
</html>
`

/** A shutdown takes up to 90 s, until which Windows keeps the DLLs locked. */
const patienceMs = 120_000
const pauseMs = 2_000

/** Does something to a file of B, and again while B still holds the file. */
export type Patiently = <T>(operation: () => Promise<T>) => Promise<T>

/**
 * Does something to the files of Web API B while it is stopped. The page is taken out again however it ends, so that B
 * is not left behind a closed door.
 *
 * @param folder of B, relative to the root; it must be there
 * @param work gets the means to wait for files which B still holds
 * @throws the signal's reason
 */
export async function whileOffline(
  { transport, steady }: Site,
  folder: string,
  { log, signal }: Run,
  work: (patiently: Patiently) => Promise<void>
): Promise<void> {
  const file = joinRemote(transport.root, folder, offlinePageName)
  try {
    await transport.write(file, { bytes: Buffer.from(page) })
  } catch (error) {
    // Half a page stops B as a whole one does.
    await steady.remove(file).catch(() => undefined)
    throw error
  }
  try {
    await work(patience(transport, log, signal))
  } catch (error) {
    await steady.remove(file).catch(() => {
      log.warning(`"${file}" could not be removed: Web API B answers 503 until it is. The next run removes it.`)
    })
    throw error
  }
  await steady.remove(file)
}

/** Takes the page out of the folder of B (relative to the root), where a run that was killed has left it. */
export function removeOfflinePage(transport: Transport, folder: string): Promise<void> {
  return transport.remove(joinRemote(transport.root, folder, offlinePageName))
}

function patience(transport: Transport, log: Log, signal: AbortSignal): Patiently {
  const deadline = Date.now() + patienceMs
  let isSaid = false
  return async operation => {
    for (;;) {
      try {
        return await operation()
      } catch (error) {
        if (!mayBeInUse(transport, error) || Date.now() > deadline) throw error
        if (!isSaid) log.info('Web API B is still shutting down and holds its files; waiting.')
        isSaid = true
        await sleep(pauseMs, undefined, { signal })
      }
    }
  }
}

/**
 * SFTP has no word for "in use": Win32-OpenSSH says "Failure" or "Permission denied". The page could be written into the
 * same folder a moment ago, so on Windows it is not the folder's permissions. Nor need it be for an FTP server that says
 * so in a language that in-use.ts does not know.
 */
function mayBeInUse(transport: Transport, error: unknown): boolean {
  if (!(error instanceof DeployError)) return false
  if (error.reasonCode === 'file-in-use') return true
  const said = codeOf(error.cause)
  if (said === 550 || said === 553) return /[^ -~]/.test(messageOf(error.cause))
  return said === status.failure || (said === status.permissionDenied && /^\/[a-z]:/i.test(transport.root))
}
