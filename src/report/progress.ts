import type { Progress } from '../release/log'
import { inBytes, inDigits, inTime } from './size'

const everyMs = 5_000

/**
 * Follows uploads, and says every few seconds how far they are.
 *
 * @param what is uploaded, for the beginning of each line
 * @param say where the lines go
 * @param now milliseconds, for tests
 */
export function followProgress(
  what: string,
  files: number,
  bytes: number,
  say: (line: string) => void,
  now: () => number = Date.now
): Progress {
  const started = now()
  let filesDone = 0
  let bytesDone = 0
  const line = (): string => {
    const elapsed = Math.max(now() - started, 1)
    const rate = (bytesDone * 1000) / elapsed
    const left = bytesDone > 0 && bytesDone < bytes ? `, ${inTime(((bytes - bytesDone) / rate) * 1000)} left` : ''
    return `${what}: ${inDigits(filesDone)} of ${inDigits(files)} files, ${inBytes(bytesDone)} of ${inBytes(bytes)}, ${inBytes(rate)}/s${left}`
  }
  const timer = setInterval(() => {
    say(line())
  }, everyMs)
  timer.unref()
  return {
    bytes: count => {
      bytesDone += count
    },
    file: () => {
      filesDone += 1
    },
    end: () => {
      clearInterval(timer)
      if (files > 0) say(`${line()}, in ${inTime(now() - started)}`)
    }
  }
}
