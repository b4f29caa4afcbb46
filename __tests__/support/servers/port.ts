import { randomInt } from 'node:crypto'
import { once } from 'node:events'
import { createServer } from 'node:net'

/**
 * A free port of an address. Below those that the kernel hands out (32768 and up), or a connection of another test
 * could take it before the daemon does.
 */
export async function freePort(address: string): Promise<number> {
  for (;;) {
    const port = randomInt(20_000, 32_000)
    const server = createServer().listen(port, address)
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
