import type { FileHandle } from 'node:fs/promises'
import { Readable } from 'node:stream'
import { pipeline } from 'node:stream/promises'
import type { DataConnection } from './data-connection'
import type { UploadFault } from './faults'
import type { WindowsFiles } from './files'

/** How a transfer ended. */
export type TransferEnd = 'complete' | 'cut' | 'stall'

/** Writes an upload chunk by chunk into a file; the client waits while the disk does. */
export async function receive(
  data: DataConnection,
  file: FileHandle,
  start: number,
  files: WindowsFiles,
  fault: UploadFault
): Promise<TransferEnd> {
  let { size } = await file.stat()
  let position = start
  const socket = await data.connected()
  // A refusal must reach the client before its data connection breaks, and a stalled one must not break at all.
  for await (const received of socket.iterator({ destroyOnReturn: false })) {
    const chunk = received as Buffer
    const allowed = chunk.subarray(0, start + fault.after - position)
    files.checkSpace(position + allowed.length - size)
    await file.write(allowed, 0, allowed.length, position)
    position += allowed.length
    size = Math.max(size, position)
    if (fault.kind !== 'short' && allowed.length < chunk.length) {
      if (fault.kind === 'cut') data.reset()
      return fault.kind
    }
  }
  if (fault.kind === 'short') await file.truncate(start + Math.floor((position - start) / 2))
  return 'complete'
}

export async function sendFile(data: DataConnection, file: FileHandle, start: number): Promise<void> {
  const socket = await data.connected()
  await pipeline(file.createReadStream({ start, autoClose: false }), socket)
}

export async function sendText(data: DataConnection, text: string): Promise<void> {
  await pipeline(Readable.from([Buffer.from(text)]), await data.connected())
}
