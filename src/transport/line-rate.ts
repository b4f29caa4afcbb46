/** Bytes a millisecond below which compressing is faster than sending: the runner compresses some 40 MB a second. */
const slowRate = 16_000

/** A line is measured in such spans, of which the first tell of its beginnings only. */
const spanMs = 300
const spansToTell = 3

/** With less than this to send, it is not the line that takes the time. */
const busyBytes = 2 * 1024 * 1024

/** Measures how fast a line is while there is enough to send, to find out whether compressing would pay. */
export class LineRate {
  #spanBegan: number | undefined
  #sent = 0
  #spans = 0
  #best = 0

  /**
   * @param bytes that the server has confirmed
   * @param left bytes that are under way, or wait
   * @param now in milliseconds
   * @returns whether the line is known to be slow
   */
  note(bytes: number, left: number, now: number): boolean {
    if (left < busyBytes) {
      this.#spanBegan = undefined
      return false
    }
    if (this.#spanBegan === undefined) {
      this.#spanBegan = now
      this.#sent = 0
      return false
    }
    this.#sent += bytes
    const elapsed = now - this.#spanBegan
    if (elapsed < spanMs) return false
    this.#best = Math.max(this.#best, this.#sent / elapsed)
    this.#spans += 1
    this.#spanBegan = now
    this.#sent = 0
    return this.#spans >= spansToTell && this.#best < slowRate
  }
}
