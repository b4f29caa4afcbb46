import { createServer } from 'node:net'
import { fateOf, type Faults } from './fault-proxy/faults'
import { hangUp, Relay } from './fault-proxy/relay'
import { listenOnLoopback, LOOPBACK_HOST } from './loopback'
import type { TestServer } from './test-server'

export type { Faults } from './fault-proxy/faults'

/** A server behind a bad line. */
export interface FaultProxy extends TestServer {
  /** How many there have been. */
  readonly connections: number
  /** How many of them were cut or stalled by a fault: no test of one passes because it never struck. */
  readonly struck: number
  /** Ends all faults, for connections to come and those that are there: what was held up goes on. */
  heal(): void
  /** Cuts the connections that are there. */
  cut(): void
}

/**
 * Puts a TCP proxy with faults in front of a server; it stops with the server.
 *
 * SFTP passes as a whole. Of passive FTP only the control connection does: for data, the client goes straight to the
 * port that the server names, at the same host. So there `idleMs` cuts a control connection in the middle of a long
 * transfer, as routers do; for faults of uploads see `startIisFtpServer`.
 */
export async function startFaultProxy(server: TestServer, faults: Faults): Promise<FaultProxy> {
  const relays = new Set<Relay>()
  let connections = 0
  let struck = 0
  let current = faults
  const onStrike = () => {
    struck++
  }

  const proxy = createServer({ allowHalfOpen: true, noDelay: true }, client => {
    const fate = fateOf(++connections, current)
    if (fate.strike === 'cut' && fate.after === 0) {
      // The server need not know of it.
      onStrike()
      hangUp(
        client.on('error', () => undefined),
        fate.reset
      )
      return
    }
    const relay = new Relay(client, server, fate, onStrike)
    relays.add(relay)
    relay.whenClosed(() => relays.delete(relay))
  })
  const loopback = await listenOnLoopback(proxy)

  return {
    ...server,
    host: LOOPBACK_HOST,
    port: loopback.port,
    get connections() {
      return connections
    },
    get struck() {
      return struck
    },
    heal() {
      current = {}
      for (const relay of relays) relay.heal()
    },
    cut() {
      for (const relay of relays) relay.cut()
    },
    commands: () => server.commands(),
    async stop() {
      for (const relay of relays) relay.destroy()
      await loopback.stop()
      await server.stop()
    }
  }
}
