import { createSecureContext, rootCertificates, type SecureContext, type SecureVersion } from 'node:tls'
import { messageOf } from '../errors'

/**
 * TLS for FTP, where each file has a connection of its own that resumes the session of the control connection. Resuming
 * costs half as much under TLS 1.2 as under 1.3, for the runner and for the server, and a round trip less
 * (bench/README.md). So 1.2 is offered first, and 1.3 to a server that insists on it. Never less than 1.2.
 */
type Newest = Extract<SecureVersion, 'TLSv1.2' | 'TLSv1.3'>

/** Servers that have refused TLS 1.2. */
const insisting = new Set<string>()

/** Reading all root certificates takes 40 ms, so connections share what came of it. */
const contexts = new Map<string, SecureContext>()

/**
 * Connects with the cheapest version of TLS that a server takes.
 *
 * @param peer which server
 * @param tlsCa PEM of further authorities
 */
export async function withCheapestTls<T>(
  peer: string,
  tlsCa: string | undefined,
  connect: (secureContext: SecureContext) => Promise<T>
): Promise<T> {
  if (!insisting.has(peer)) {
    try {
      return await connect(contextFor('TLSv1.2', tlsCa))
    } catch (error) {
      if (!refusesVersion(error)) throw error
      insisting.add(peer)
    }
  }
  return connect(contextFor('TLSv1.3', tlsCa))
}

function refusesVersion(error: unknown): boolean {
  // Some have no cipher for 1.2 that Node would take.
  return /alert protocol version|unsupported protocol|handshake failure/i.test(messageOf(error))
}

function contextFor(newest: Newest, tlsCa: string | undefined): SecureContext {
  const key = `${newest} ${tlsCa ?? ''}`
  const known = contexts.get(key)
  if (known) return known
  const context = createSecureContext({
    minVersion: 'TLSv1.2',
    maxVersion: newest,
    // The first one is offered with a key: servers that like another one ask back, which takes a round trip.
    ecdhCurve: 'P-256:X25519:P-384:P-521',
    ...(tlsCa === undefined ? {} : { ca: [...rootCertificates, tlsCa] })
  })
  contexts.set(key, context)
  return context
}
