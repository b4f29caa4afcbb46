import { randomInt } from 'node:crypto'
import { once } from 'node:events'
import { createServer } from 'node:net'

/**
 * A free port of 127.0.0.1. Below those that the kernel hands out (32768 and up), or a connection of another test could
 * take it before the daemon does.
 */
export async function freePort(): Promise<number> {
  for (;;) {
    const port = randomInt(20_000, 32_000)
    const server = createServer().listen(port, '127.0.0.1')
    const free = await once(server, 'listening').then(
      () => true,
      () => false
    )
    if (!free) continue
    server.close()
    await once(server, 'close')
    return port
  }
}
