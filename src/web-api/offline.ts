import { setTimeout as sleep } from 'node:timers/promises'
import { codeOf, DeployError } from '../errors'
import type { Log } from '../release/log'
import type { Transport } from '../transport/port'
import { joinRemote } from '../transport/remote-path'
import { status } from '../transport/sftp-error'

/** The ASP.NET Core module stops an app that has this file in its folder (learn.microsoft.com, app-offline). */
const fileName = 'app_offline.htm'

const page = `<!DOCTYPE html>
<html lang="en">
<head><meta charset="utf-8"><title>Being updated</title></head>
<body><p>These Web APIs are being updated.</p></body>
</html>
`

/** A shutdown takes up to 90 s, until which Windows keeps the DLLs locked. */
const patienceMs = 120_000
const pauseMs = 2_000

/**
 * Does something to the files of Web API B while it is stopped. The page is taken out again however it ends, so that B
 * is not left behind a closed door.
 *
 * @param folder of B, absolute; it must be there
 * @param work gets a `write` that waits for files which B still holds
 */
export async function whileOffline(
  transport: Transport,
  folder: string,
  log: Log,
  work: (write: Transport['write']) => Promise<void>
): Promise<void> {
  const file = joinRemote(folder, fileName)
  try {
    await transport.write(file, { bytes: Buffer.from(page) })
  } catch (error) {
    // Half a page stops B as a whole one does.
    await transport.remove(file).catch(() => undefined)
    throw error
  }
  const deadline = Date.now() + patienceMs
  try {
    await work(patiently(transport, deadline, log))
  } catch (error) {
    await transport.remove(file).catch(() => {
      log.warning(`"${file}" could not be removed: Web API B answers 503 until it is. The next run removes it.`)
    })
    throw error
  }
  await transport.remove(file)
}

function patiently(transport: Transport, deadline: number, log: Log): Transport['write'] {
  let isSaid = false
  return async (file, content, onBytes) => {
    for (;;) {
      try {
        await transport.write(file, content, onBytes)
        return
      } catch (error) {
        if (!mayBeInUse(transport, error) || Date.now() > deadline) throw error
        if (!isSaid) log.info('Web API B is still shutting down and holds its files; waiting.')
        isSaid = true
        await sleep(pauseMs)
      }
    }
  }
}

/**
 * SFTP has no word for "in use": Win32-OpenSSH says "Failure" or "Permission denied". The page could be written into the
 * same folder a moment ago, so on Windows it is not the folder's permissions.
 */
function mayBeInUse(transport: Transport, error: unknown): boolean {
  if (!(error instanceof DeployError)) return false
  if (error.reasonCode === 'file-in-use') return true
  const said = codeOf(error.cause)
  return said === status.failure || (said === status.permissionDenied && /^\/[a-z]:/i.test(transport.root))
}
