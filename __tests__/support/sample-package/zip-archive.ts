import { crc32, deflateRawSync } from 'node:zlib'

const LOCAL_HEADER = 0x04034b50
const CENTRAL_HEADER = 0x02014b50
const END = 0x06054b50
const VERSION = 20
const UTF8_NAMES = 0x0800
const DEFLATE = 8
const STORED = 0
// 2026-01-07 10:00:00 as MS-DOS writes it: an archive of the same files is the same.
const TIME = 10 << 11
const DATE = ((2026 - 1980) << 9) | (1 << 5) | 7

/** A .zip of small files: everything in memory, no ZIP64. */
export function zipArchive(files: Iterable<readonly [name: string, content: Buffer]>): Buffer {
  const local: Buffer[] = []
  const central: Buffer[] = []
  let offset = 0
  for (const [name, content] of files) {
    const packed = deflateRawSync(content)
    const isSmaller = packed.length < content.length
    const data = isSmaller ? packed : content
    const nameBytes = Buffer.from(name)
    const common = Buffer.concat([
      uint16(VERSION, UTF8_NAMES, isSmaller ? DEFLATE : STORED, TIME, DATE),
      uint32(crc32(content), data.length, content.length),
      uint16(nameBytes.length, 0)
    ])
    const header = Buffer.concat([uint32(LOCAL_HEADER), common, nameBytes])
    local.push(header, data)
    central.push(uint32(CENTRAL_HEADER), uint16(VERSION), common, uint16(0, 0, 0), uint32(0, offset), nameBytes)
    offset += header.length + data.length
  }
  const directory = Buffer.concat(central)
  const count = local.length / 2
  const end = [uint32(END), uint16(0, 0, count, count), uint32(directory.length, offset), uint16(0)]
  return Buffer.concat([...local, directory, ...end])
}

function uint16(...values: readonly number[]): Buffer {
  const bytes = Buffer.alloc(2 * values.length)
  values.forEach((value, index) => bytes.writeUInt16LE(value, 2 * index))
  return bytes
}

function uint32(...values: readonly number[]): Buffer {
  const bytes = Buffer.alloc(4 * values.length)
  values.forEach((value, index) => bytes.writeUInt32LE(value, 4 * index))
  return bytes
}
