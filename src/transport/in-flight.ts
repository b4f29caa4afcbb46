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
  const worker = async (): Promise<void> => {
    for (let next = queue.next(); !next.done && failures.length === 0; next = queue.next()) {
      try {
        await action(next.value)
      } catch (error) {
        failures.push(error)
      }
    }
  }
  await Promise.all(Array.from({ length: limit }, worker))
  if (failures.length > 0) throw failures[0]
}
