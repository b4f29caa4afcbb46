import { Writable } from 'node:stream'
import { DeployError } from '../errors'
import type { Reading } from '../transport/port'

/** Pointers and configuration files are a few kilobytes; anything much larger is not what it should be. */
const pointerLimit = 8 * 1024 * 1024

/**
 * Reads a small file of a site whole.
 *
 * @param limit in bytes; 8 MiB unless said
 * @throws DeployError `live-unreadable` for a larger one
 */
export async function readBytes(transport: Reading, file: string, limit = pointerLimit): Promise<Buffer> {
  let chunks: Buffer[] = []
  await transport.read(file, () => {
    chunks = []
    let length = 0
    return new Writable({
      write(chunk: Buffer, _encoding, done) {
        length += chunk.length
        if (length <= limit) chunks.push(chunk)
        done(length <= limit ? null : tooLarge(file, limit))
      }
    })
  })
  return Buffer.concat(chunks)
}

function tooLarge(file: string, limit: number): DeployError {
  return new DeployError(
    'live-unreadable',
    `"${file}" on the site is larger than ${limit} bytes.`,
    'Look at the file: it does not look like what PowerServer writes.'
  )
}
