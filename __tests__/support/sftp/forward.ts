import { connect } from 'node:net'
import type { Connection } from 'ssh2'

/** How a server forwards connections, as a jump host does. */
export interface Forwarding {
  /** Where the names lead that only this server knows; every other one is looked up as usual. */
  readonly names: Readonly<Record<string, string>>
  readonly log: (line: string) => void
}

/** Forwards what one client asks for, with a line for each in the log. ssh2 refuses it for a server that does not listen. */
export function forwardConnections(client: Connection, { names, log }: Forwarding): void {
  client.on('tcpip', (accept, reject, { destIP: name, destPort }) => {
    log(`FORWARD ${name}:${destPort}`)
    const socket = connect({ host: names[name] ?? name, port: destPort, noDelay: true })
    const refuse = (): void => {
      reject()
    }
    socket.once('error', refuse)
    socket.once('connect', () => {
      socket.off('error', refuse)
      const channel = accept()
      channel.on('error', () => socket.destroy()).on('close', () => socket.destroy())
      socket.on('error', () => channel.destroy())
      channel.pipe(socket).pipe(channel)
    })
  })
}
