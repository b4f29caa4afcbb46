/**
 * Does something with each item, at most `limit` at a time. After the first failure nothing more is started; what is
 * under way is awaited, so that nothing goes on behind the caller's back, and then the first failure is thrown.
 */
export async function forEachInFlight<T>(
  items: Iterable<T>,
  limit: number,
  action: (item: T) => Promise<void>
): Promise<void> {
  const queue = items[Symbol.iterator]()
  const failures: unknown[] = []
  const worker = async (first: IteratorResult<T>): Promise<void> => {
    for (let next = first; !next.done && failures.length === 0; next = queue.next()) {
      try {
        await action(next.value)
      } catch (error) {
        failures.push(error)
      }
    }
  }
  // No more than there are items: thousands could be under way where a folder has ten files.
  const workers: Promise<void>[] = []
  while (workers.length < limit && failures.length === 0) {
    const next = queue.next()
    if (next.done) break
    workers.push(worker(next))
  }
  await Promise.all(workers)
  if (failures.length > 0) throw failures[0]
}

/** Awaits several things that are under way, each to its end; throws what the first of them has failed with. */
export async function together<const T extends readonly unknown[]>(
  works: readonly [...{ [Index in keyof T]: Promise<T[Index]> }]
): Promise<T> {
  const failures: unknown[] = []
  const each: readonly Promise<unknown>[] = works
  const results = await Promise.all(
    each.map(work =>
      work.catch((error: unknown) => {
        failures.push(error)
      })
    )
  )
  if (failures.length > 0) throw failures[0]
  return results as unknown as T
}
