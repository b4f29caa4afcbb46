import { readFile, writeFile } from 'node:fs/promises'
import { setTimeout as sleep } from 'node:timers/promises'

/** Each file of an FTP transfer takes a port, which rests for a minute after use; with fewer at rest there are enough. */
const RESTING = 2_000
const LONGEST_MS = 75_000

/**
 * Lets ports be used again at once: a link brings no packet late, for which they rest. For the servers' side of a link only,
 * which is the bench's own.
 */
export async function letNoPortRest(): Promise<void> {
  await writeFile('/proc/sys/net/ipv4/tcp_max_tw_buckets', '0')
}

/** Waits until a server has passive ports again, so that one client does not pay for what the one before has used up. */
export async function untilPortsAreFree(): Promise<void> {
  const until = Date.now() + LONGEST_MS
  while (Date.now() < until) {
    const resting = /^TCP: .*\btw (\d+)/m.exec(await readFile('/proc/net/sockstat', 'utf8'))?.[1]
    if (Number(resting ?? 0) < RESTING) return
    await sleep(500)
  }
}
