import { rm, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { describe, expect, test } from '@jest/globals'
import { Hashes } from '../../../src/build/hashes'
import { hashOf, type Content } from '../../../src/transport/content'
import { temporaryFolder, type TemporaryFolder } from '../temporary-folder'

interface Build extends AsyncDisposable {
  readonly files: Content[]
  /** Takes the files away, so that only those are known that were hashed before. */
  vanish(): Promise<void>
}

async function build(count: number): Promise<Build> {
  const folder: TemporaryFolder = await temporaryFolder()
  const names = Array.from({ length: count }, (_, n) => `${n}.js`)
  await folder.write(Object.fromEntries(names.map(name => [name, name])))
  return {
    files: names.map(name => ({ localPath: join(folder.path, name), size: name.length })),
    vanish: () => rm(folder.path, { recursive: true, force: true }),
    [Symbol.asyncDispose]: () => folder[Symbol.asyncDispose]()
  }
}

/** Which of these are known without reading them. */
function known(hashes: Hashes, files: readonly Content[]): number[] {
  return files.flatMap((file, n) => {
    try {
      hashes.of(file)
      return [n]
    } catch {
      return []
    }
  })
}

const expected = (n: number): string => hashOf({ bytes: Buffer.from(`${n}.js`) })

describe('a hash', () => {
  test('is that of the content, of bytes as of a file', async () => {
    await using made = await build(2)
    const hashes = new Hashes()
    expect(made.files.map(file => hashes.of(file))).toEqual([expected(0), expected(1)])
    expect(hashes.of({ bytes: Buffer.from('0.js') })).toBe(expected(0))
  })

  test('of a file is made once', async () => {
    await using made = await build(1)
    const hashes = new Hashes()
    const [file] = made.files
    if (!file || !('localPath' in file)) throw new Error('no file')
    hashes.of(file)
    await writeFile(file.localPath, 'changed')
    expect(hashes.of(file)).toBe(expected(0))
  })

  test('of bytes is made each time, for they have no name', () => {
    const hashes = new Hashes()
    hashes.of({ bytes: Buffer.from('1.js') })
    expect(hashes.of({ bytes: Buffer.from('0.js') })).toBe(expected(0))
  })

  test('of a file that is not there is an error, and is one again', async () => {
    await using made = await build(1)
    await made.vanish()
    const hashes = new Hashes()
    const ask = (): unknown => made.files.map(file => hashes.of(file))
    expect(ask).toThrow('ENOENT')
    expect(ask).toThrow('ENOENT')
  })
})

describe('hashing ahead', () => {
  test('makes all hashes before they are asked for', async () => {
    await using made = await build(20)
    const hashes = new Hashes()
    await hashes.ahead(made.files)
    await made.vanish()
    expect(made.files.map(file => hashes.of(file))).toEqual(made.files.map((_, n) => expected(n)))
  })

  test('does not begin when nothing is asked for, as a near server tells soon', async () => {
    await using made = await build(3)
    const hashes = new Hashes()
    const ahead = hashes.ahead(made.files)
    hashes.stop()
    await ahead
    await made.vanish()
    expect(known(hashes, made.files)).toEqual([])
  })

  test('ends in its middle when nothing more will be asked for; what is asked for all the same is hashed', async () => {
    await using made = await build(4)
    const hashes = new Hashes()
    function* files(): Generator<Content> {
      for (const [n, file] of made.files.entries()) {
        if (n === 2) hashes.stop()
        yield file
      }
    }
    await hashes.ahead(files())
    const [, , , last] = made.files
    if (last) expect(hashes.of(last)).toBe(expected(3))
    await made.vanish()
    expect(known(hashes, made.files)).toEqual([0, 1, 3])
  })

  test('is no failure for a file that has vanished: that is for whoever asks for it', async () => {
    await using made = await build(3)
    const [first, gone] = made.files
    if (!first || !gone || !('localPath' in gone)) throw new Error('no file')
    await rm(gone.localPath)
    const hashes = new Hashes()
    await hashes.ahead(made.files)
    expect(hashes.of(first)).toBe(expected(0))
    expect(() => hashes.of(gone)).toThrow('ENOENT')
  })

  test('lets everything else have its turn every few milliseconds', async () => {
    await using made = await build(10)
    let turns = 0
    let timer = setImmediate(function turn() {
      turns += 1
      timer = setImmediate(turn)
    })
    const at: number[] = []
    function* slowly(): Generator<Content> {
      for (const file of made.files) {
        at.push(turns)
        const until = performance.now() + 5
        while (performance.now() < until);
        yield file
      }
    }
    await new Hashes().ahead(slowly())
    clearImmediate(timer)
    for (const [n, turn] of at.slice(1).entries()) expect(turn).toBeGreaterThan(at[n] ?? Infinity)
  })
})
