import { createWriteStream } from 'node:fs'
import { mkdir } from 'node:fs/promises'
import { dirname, join } from 'node:path'
import { pipeline } from 'node:stream/promises'
import { crc32 } from 'node:zlib'
import yauzl, { type Entry, type ZipFile } from 'yauzl'
import { DeployError, messageOf } from '../errors'
import { whyNotOnWindows } from './windows-name'

/**
 * Unpacks a `.zip` into an empty folder, entry by entry, so that memory does not grow with it. Names that would leave
 * the folder are refused by yauzl; back slashes, which older .NET versions write, count as slashes.
 *
 * @throws DeployError `package-unreadable`, `name-not-allowed`, `names-collide`
 */
export async function unzip(file: string, folder: string): Promise<void> {
  try {
    const zip = await yauzl.openPromise(file, { lazyEntries: true })
    const seen = new Map<string, string>()
    for await (const entry of zip.eachEntry()) {
      refuse(entry.fileName, seen)
      await unpack(zip, entry, folder)
    }
  } catch (error) {
    if (error instanceof DeployError) throw error
    throw new DeployError(
      'package-unreadable',
      `The package "${file}" cannot be unpacked: ${messageOf(error)}.`,
      'Check that the step before has finished writing it, or pass the unpacked folder as package.',
      error
    )
  }
}

async function unpack(zip: ZipFile, entry: Entry, folder: string): Promise<void> {
  const target = join(folder, entry.fileName)
  if (entry.fileName.endsWith('/')) {
    await mkdir(target, { recursive: true })
    return
  }
  await mkdir(dirname(target), { recursive: true })
  let checksum = 0
  const count = async function* (source: AsyncIterable<Buffer>): AsyncGenerator<Buffer> {
    for await (const chunk of source) {
      checksum = crc32(chunk, checksum)
      yield chunk
    }
  }
  await pipeline(await zip.openReadStreamPromise(entry), count, createWriteStream(target, { flags: 'wx' }))
  if (checksum !== entry.crc32) throw new Error(`"${entry.fileName}" does not have its checksum`)
}

/** On the disk of a Windows runner a bad name would show up as something else, so it is refused before. */
function refuse(path: string, seen: Map<string, string>): void {
  const bad = path.split('/').find(name => name !== '' && whyNotOnWindows(name) !== undefined)
  if (bad !== undefined) {
    throw new DeployError(
      'name-not-allowed',
      `The package has a file that Windows cannot hold: "${path}", because of "${bad}".`,
      'Rename it in the project and package the app again.'
    )
  }
  const other = seen.get(path.toLowerCase())
  if (other !== undefined) {
    throw new DeployError(
      'names-collide',
      `The package has two names that differ only in case: "${other}" and "${path}". IIS holds just one of them.`,
      'Remove one of them and package the app again.'
    )
  }
  seen.set(path.toLowerCase(), path)
}
