/** How the text of a file is stored; enough to change one part of it and leave every other byte alone. */
export type Encoding = 'utf-8' | 'utf-16le'

export interface DecodedText {
  readonly text: string
  readonly encoding: Encoding
  /** Length of the byte order mark, which is not part of the text. */
  readonly bomLength: number
}

const utf8Bom = Buffer.from([0xef, 0xbb, 0xbf])
const utf16leBom = Buffer.from([0xff, 0xfe])

/**
 * Decodes UTF-8 (with or without BOM) and UTF-16LE (with BOM), the encodings of PowerBuilder's own files
 * (docs/powerserver.md §1).
 * Lossless: encoding the text again gives the same bytes. Undefined for anything else.
 */
export function decodeText(bytes: Buffer): DecodedText | undefined {
  if (startsWith(bytes, utf16leBom)) {
    if (bytes.length % 2 !== 0) return undefined
    return { text: bytes.toString('utf16le', 2), encoding: 'utf-16le', bomLength: 2 }
  }
  const bomLength = startsWith(bytes, utf8Bom) ? 3 : 0
  try {
    const text = new TextDecoder('utf-8', { fatal: true, ignoreBOM: true }).decode(bytes.subarray(bomLength))
    return { text, encoding: 'utf-8', bomLength }
  } catch {
    // A fatal decoder throws on bytes that are no UTF-8: then this is not a text that we can change safely.
    return undefined
  }
}

/** The bytes of a text in an encoding, without a byte order mark. */
export function encodeText(text: string, encoding: Encoding): Buffer {
  return Buffer.from(text, encoding === 'utf-8' ? 'utf8' : 'utf16le')
}

/** Replaces `length` characters at `offset` of a decoded file; every other byte stays as it is. */
export function spliceText(
  bytes: Buffer,
  decoded: DecodedText,
  offset: number,
  length: number,
  replacement: string
): Buffer {
  const { text, encoding, bomLength } = decoded
  const start = bomLength + encodeText(text.slice(0, offset), encoding).length
  const end = start + encodeText(text.slice(offset, offset + length), encoding).length
  return Buffer.concat([bytes.subarray(0, start), encodeText(replacement, encoding), bytes.subarray(end)])
}

function startsWith(bytes: Buffer, prefix: Buffer): boolean {
  return bytes.subarray(0, prefix.length).equals(prefix)
}
