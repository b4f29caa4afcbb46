import { createSecretKey } from 'node:crypto'

/** What emits `handshake` after each exchange of keys: ssh2's client, or ssh2-sftp-client's. */
interface Handshaking {
  on(event: string, listener: () => void): unknown
}

/** What ssh2 1.17 has and does not publish: what takes packets apart and makes them. */
interface Protocol {
  readonly _cipher?: object
  readonly _decipher?: object
}

/**
 * Has a connection keep its keys as key objects. ssh2 makes a cipher for each packet, with keys that are bytes, and Node 24
 * finds out that they are no objects by catching two exceptions each time: a fourth of all that a release computes.
 *
 * @param protocolOf called after the exchange; undefined where ssh2 is another one than the one known here
 */
export function keepKeyObjects(client: Handshaking, protocolOf: () => unknown): void {
  client.on('handshake', () => {
    const { _cipher: cipher, _decipher: decipher } = (protocolOf() ?? {}) as Protocol
    for (const coder of [cipher, decipher]) if (coder) replaceKeys(coder as Record<string, unknown>)
  })
}

function replaceKeys(coder: Record<string, unknown>): void {
  for (const [name, value] of Object.entries(coder)) {
    if (name.includes('Key') && Buffer.isBuffer(value)) coder[name] = createSecretKey(value)
  }
}
