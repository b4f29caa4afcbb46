import { once } from 'node:events'
import type { Writable } from 'node:stream'
import { codeOf } from '../errors'
import { status } from './sftp-error'
import type { SftpConnection } from './small-file'

/**
 * Bytes in one request. Every server takes 32 KiB and the packet around them (draft-ietf-secsh-filexfer-02 §3); with a
 * little less both fit into one packet of SSH.
 */
export const chunkSize = 31 * 1024

/** Requests for parts of one file that are on their way side by side. */
const readsAhead = 64

type Connection = Pick<SftpConnection, 'handle' | 'pending'>

/**
 * Reads an open file into a sink, in order, with many requests under way.
 *
 * @param size where its end was when it was looked up, in bytes; 0 where that is not known
 */
export async function fetchInto(on: Connection, file: Buffer, size: number, sink: Writable): Promise<void> {
  const parts: Promise<Buffer>[] = []
  let asked = 0
  const ask = (): void => {
    const part = partOf(on, file, asked, chunkSize, size)
    // Should one before it fail, nobody hears of it.
    part.catch(() => undefined)
    parts.push(part)
    asked += chunkSize
  }
  do ask()
  while (asked <= size && parts.length < readsAhead)
  for (let next = parts.shift(); next; next = parts.shift()) {
    const bytes = await next
    if (bytes.length > 0 && !sink.write(bytes)) await once(sink, 'drain')
    if (bytes.length < chunkSize) return
    ask()
  }
}

/** So many bytes; fewer only at the end of the file, although a server may answer with less at any time. */
async function partOf(on: Connection, file: Buffer, position: number, length: number, size: number): Promise<Buffer> {
  const bytes = await bytesAt(on, file, position, length)
  const end = position + bytes.length
  if (bytes.length === 0 || bytes.length === length || end === size) return bytes
  return Buffer.concat([bytes, await partOf(on, file, end, length - bytes.length, size)])
}

async function bytesAt(
  { handle, pending }: Connection,
  file: Buffer,
  position: number,
  length: number
): Promise<Buffer> {
  const buffer = Buffer.allocUnsafe(length)
  try {
    const count = await pending.ask<number>(done => {
      handle.read(file, buffer, 0, length, position, done)
    })
    return buffer.subarray(0, count)
  } catch (error) {
    if (codeOf(error) === status.endOfFile) return buffer.subarray(0, 0)
    throw error
  }
}
