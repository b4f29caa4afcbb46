import { createHash } from 'node:crypto'

/** Bytes of which half compress, the same for a name whenever and wherever they are made. */
export function madeUp(name: string, size: number): Buffer {
  const noise = noiseOf(name, Math.floor(size / 2))
  const pattern = noiseOf(`${name} pattern`, 64)
  return Buffer.concat([noise, Buffer.alloc(size - noise.length, pattern)])
}

/** Content as a build changes it: 16 bytes in the middle and, if it is to be longer, 20 more. */
export function edited(content: Buffer, build: string, longer: boolean): Buffer {
  const middle = Math.floor(content.length / 2)
  return Buffer.concat([
    content.subarray(0, middle),
    noiseOf(build, 16),
    content.subarray(middle + 16),
    noiseOf(`${build} end`, longer ? 20 : 0)
  ])
}

/** A number from 0 to below the limit, the same for a name whenever it is asked for. */
export function madeUpNumber(name: string, limit: number): number {
  return noiseOf(name, 4).readUInt32BE() % limit
}

function noiseOf(name: string, size: number): Buffer {
  return size === 0 ? Buffer.alloc(0) : createHash('shake256', { outputLength: size }).update(name).digest()
}
