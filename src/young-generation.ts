import { getHeapSpaceStatistics, setFlagsFromString } from 'node:v8'

/** Bytes of the two halves together. What goes on here fits into the cache of a processor then, which saves time too. */
const enough = 16 * 1024 * 1024

const lookEveryMs = 5

/**
 * Keeps V8's young generation from growing any further once it is large enough: by itself it doubles with what survives,
 * up to 128 MB on Node 24, of which thousands of files under way make use (docs/decisions/0033-young-generation.md).
 */
export function boundYoungGeneration(): void {
  const watch = setInterval(() => {
    if (sizeOfYoungGeneration() < enough) return
    // Read by V8 whenever it is about to grow.
    setFlagsFromString('--semi-space-growth-factor=1')
    clearInterval(watch)
  }, lookEveryMs)
  watch.unref()
}

function sizeOfYoungGeneration(): number {
  return getHeapSpaceStatistics().find(({ space_name: name }) => name === 'new_space')?.space_size ?? 0
}
