import { generateKeyPairSync, randomBytes, sign, type KeyObject } from 'node:crypto'

/** A private authority and a certificate of its making for localhost and 127.0.0.1, all PEM. */
export interface Certificate {
  readonly ca: string
  readonly cert: string
  readonly key: string
}

interface Party {
  readonly name: string
  readonly publicKey: KeyObject
  readonly privateKey: KeyObject
}

const DAY = 24 * 60 * 60 * 1000
let made: Certificate | undefined

/** Makes them without OpenSSL's program, once per process: valid for a year, since yesterday. */
export function makeCertificate(): Certificate {
  made ??= certificateFor(['localhost'], [127, 0, 0, 1])
  return made
}

/** A certificate of an authority of its own, for these host names and this address. */
export function certificateFor(hosts: readonly string[], address: readonly number[]): Certificate {
  const authority = { name: 'Hot deploy test CA', ...newKeys() }
  const server = { name: 'localhost', ...newKeys() }
  const ofAuthority = [extension(OID.basicConstraints, sequence(TRUE)), extension(OID.keyUsage, bits(0b0000_0110, 1))]
  const ofServer = [
    extension(OID.basicConstraints, sequence()),
    extension(OID.keyUsage, bits(0b1000_0000, 7)),
    extension(OID.extendedKeyUsage, sequence(OID.serverAuth)),
    extension(
      OID.subjectAltName,
      sequence(...hosts.map(host => der(0x82, Buffer.from(host))), der(0x87, Buffer.from(address)))
    )
  ]
  return {
    ca: signed(authority, authority, ofAuthority),
    cert: signed(server, authority, ofServer),
    key: server.privateKey.export({ type: 'pkcs8', format: 'pem' }).toString()
  }
}

function newKeys(): Omit<Party, 'name'> {
  return generateKeyPairSync('ec', { namedCurve: 'P-256' })
}

/** An X.509 certificate (RFC 5280 §4.1), as PEM. */
function signed(subject: Party, issuer: Party, extensions: readonly Buffer[]): string {
  const now = Date.now()
  const algorithm = sequence(OID.ecdsaWithSha256)
  const content = sequence(
    der(0xa0, integer(Buffer.from([2]))),
    integer(Buffer.concat([Buffer.from([1]), randomBytes(15)])),
    algorithm,
    commonName(issuer.name),
    sequence(time(now - DAY), time(now + 364 * DAY)),
    commonName(subject.name),
    subject.publicKey.export({ type: 'spki', format: 'der' }),
    der(0xa3, sequence(...extensions))
  )
  const signature = sign('sha256', content, issuer.privateKey)
  const base64 = sequence(content, algorithm, bitString(signature, 0)).toString('base64')
  const lines = base64.match(/.{1,64}/g) ?? []
  return ['-----BEGIN CERTIFICATE-----', ...lines, '-----END CERTIFICATE-----', ''].join('\n')
}

function commonName(name: string): Buffer {
  return sequence(der(0x31, sequence(OID.commonName, der(0x0c, Buffer.from(name)))))
}

/** What limits the use of a key is critical: whoever does not understand it must refuse. */
function extension(oid: Buffer, value: Buffer): Buffer {
  const isCritical = oid === OID.basicConstraints || oid === OID.keyUsage
  return sequence(oid, ...(isCritical ? [TRUE] : []), der(0x04, value))
}

/** UTCTime: good until 2049. */
function time(at: number): Buffer {
  const digits = new Date(at).toISOString().replace(/\D/g, '').slice(2, 14)
  return der(0x17, Buffer.from(`${digits}Z`))
}

function bits(flags: number, unused: number): Buffer {
  return bitString(Buffer.from([flags]), unused)
}

function bitString(content: Buffer, unused: number): Buffer {
  return der(0x03, Buffer.concat([Buffer.from([unused]), content]))
}

function integer(value: Buffer): Buffer {
  return der(0x02, value)
}

function sequence(...parts: readonly Buffer[]): Buffer {
  return der(0x30, Buffer.concat(parts))
}

function objectId(...numbers: readonly [number, number, ...number[]]): Buffer {
  const [first, second, ...rest] = numbers
  return der(0x06, Buffer.from([first * 40 + second, ...rest.flatMap(base128)]))
}

function base128(value: number): number[] {
  const digits = [value & 0x7f]
  for (let left = value >> 7; left > 0; left >>= 7) digits.unshift(0x80 | (left & 0x7f))
  return digits
}

/** Tag, length, content. */
function der(tag: number, content: Buffer): Buffer {
  const { length } = content
  const size = length < 0x80 ? [length] : length < 0x100 ? [0x81, length] : [0x82, length >> 8, length & 0xff]
  return Buffer.concat([Buffer.from([tag, ...size]), content])
}

const TRUE = der(0x01, Buffer.from([0xff]))
const OID = {
  commonName: objectId(2, 5, 4, 3),
  keyUsage: objectId(2, 5, 29, 15),
  subjectAltName: objectId(2, 5, 29, 17),
  basicConstraints: objectId(2, 5, 29, 19),
  extendedKeyUsage: objectId(2, 5, 29, 37),
  serverAuth: objectId(1, 3, 6, 1, 5, 5, 7, 3, 1),
  ecdsaWithSha256: objectId(1, 2, 840, 10045, 4, 3, 2)
} as const
