import { createHash } from 'node:crypto'

/** A host key that is trusted: its SHA-256 fingerprint and, where known, its type. */
export interface HostKeyPin {
  /** `SHA256:…`, base64 without padding, as ssh-keygen prints it. */
  readonly fingerprint: string
  /** `ssh-ed25519` …, to ask the server for just this one. */
  readonly type: string | undefined
}

/**
 * Reads one line of the input `host-key`: a `SHA256:…` fingerprint, also as a whole line of `ssh-keygen -l`, or a
 * known_hosts line (host names in it are not
 * compared, since the line was given for this very site). Undefined for anything else, revoked keys and certificate
 * authorities among it.
 */
export function parseHostKey(line: string): HostKeyPin | undefined {
  const fingerprint = /(?<=^|\s)SHA256:[A-Za-z0-9+/]{43}=?(?=\s|$)/.exec(line)?.[0]
  if (fingerprint !== undefined) return { fingerprint: fingerprint.replace(/=$/, ''), type: undefined }
  const fields = line.split(/\s+/)
  const typeAt = fields.findIndex(
    (field, n) => /^(ssh-|ecdsa-|sk-)/.test(field) && keyType(Buffer.from(fields[n + 1] ?? '', 'base64')) === field
  )
  const type = fields[typeAt]
  const key = Buffer.from(fields[typeAt + 1] ?? '', 'base64')
  if (type === undefined || fields[0]?.startsWith('@') === true || keyType(key) !== type) return undefined
  return { fingerprint: fingerprintOf(key), type }
}

/** The fingerprint of a raw public key. */
export function fingerprintOf(key: Buffer): string {
  return `SHA256:${createHash('sha256').update(key).digest('base64').replace(/=+$/, '')}`
}

/** The type that a raw public key names itself (RFC 4253 §6.6); undefined for no key. */
export function keyType(key: Buffer): string | undefined {
  if (key.length < 8) return undefined
  const length = key.readUInt32BE(0)
  return length > 0 && length + 4 < key.length ? key.toString('latin1', 4, 4 + length) : undefined
}
