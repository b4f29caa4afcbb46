import { Writable } from 'node:stream'
import { DeployError } from '../errors'
import type { Reading } from '../transport/port'

/** Pointers and configuration files are a few kilobytes; anything much larger is not what it should be. */
const limit = 8 * 1024 * 1024

/**
 * Reads a small file of a site whole.
 *
 * @throws DeployError `live-unreadable` for one of more than 8 MiB
 */
export async function readBytes(transport: Reading, file: string): Promise<Buffer> {
  const chunks: Buffer[] = []
  let length = 0
  const sink = new Writable({
    write(chunk: Buffer, _encoding, done) {
      length += chunk.length
      if (length <= limit) chunks.push(chunk)
      done(length <= limit ? null : tooLarge(file))
    }
  })
  await transport.read(file, sink)
  return Buffer.concat(chunks)
}

function tooLarge(file: string): DeployError {
  return new DeployError(
    'live-unreadable',
    `"${file}" on the site is larger than ${limit} bytes.`,
    'Look at the file: it does not look like what PowerServer writes.'
  )
}
