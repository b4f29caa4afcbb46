import { getHeapSpaceStatistics, getHeapStatistics, setFlagsFromString } from 'node:v8'
import { runInNewContext } from 'node:vm'
import { Garbage, type Collection, type Usage } from './garbage'

/** Bytes of the two halves together. What goes on here fits into the cache of a processor then, which saves time too. */
const enoughYoung = 16 * 1024 * 1024

const lookEveryMs = 5

/**
 * Keeps this process small while thousands of files go through it (docs/decisions/0033-memory.md). V8's young generation
 * stops growing once it is large enough: by itself it doubles with what survives, up to 128 MB on Node 24. And garbage is
 * collected sooner than by V8, which lets it become as much as all that is in use, and 64 MB of buffers before.
 */
export function boundMemory(): void {
  const garbage = new Garbage()
  let isYoungBound = false
  setInterval(() => {
    if (!isYoungBound && sizeOfYoungGeneration() >= enoughYoung) {
      // Read by V8 whenever it is about to grow.
      setFlagsFromString('--semi-space-growth-factor=1')
      isYoungBound = true
    }
    const collection = garbage.due(usage())
    if (collection === undefined) return
    collect(collection)
    garbage.left(collection, usage())
  }, lookEveryMs).unref()
}

/** V8's own function; a full collection unless told otherwise. */
let collector: ((options?: { type: 'minor' }) => void) | undefined

function collect(what: Collection): void {
  if (collector === undefined) {
    // V8 shows it only in contexts that are made after this.
    setFlagsFromString('--expose-gc')
    collector = runInNewContext('gc') as typeof collector
  }
  if (what === 'minor') collector?.({ type: what })
  else collector?.()
}

function usage(): Usage {
  const { used_heap_size: heap, external_memory: external } = getHeapStatistics()
  return { heap, external }
}

function sizeOfYoungGeneration(): number {
  return getHeapSpaceStatistics().find(({ space_name: name }) => name === 'new_space')?.space_size ?? 0
}
