import { createSecretKey } from 'node:crypto'
import type { Client } from 'ssh2'
import { insideOf } from './ssh2-inside'

/**
 * Has a connection keep its keys as key objects. ssh2 makes a cipher for each packet, with keys that are bytes, and Node 24
 * finds out that they are no objects by catching two exceptions each time: a fourth of all that a release computes.
 */
export function keepKeyObjects(client: Client): void {
  // After each exchange of keys.
  client.on('handshake', () => {
    const { _cipher: cipher, _decipher: decipher } = insideOf(client)._protocol ?? {}
    for (const coder of [cipher, decipher]) if (coder) replaceKeys(coder as Record<string, unknown>)
  })
}

function replaceKeys(coder: Record<string, unknown>): void {
  for (const [name, value] of Object.entries(coder)) {
    if (name.includes('Key') && Buffer.isBuffer(value)) coder[name] = createSecretKey(value)
  }
}
