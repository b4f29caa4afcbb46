/** The ways in which PowerBuilder's own files are stored (docs/powerserver.md §1). */
export const encodings = ['UTF-8', 'UTF-8 with BOM', 'UTF-16LE with BOM'] as const

export type StoredAs = (typeof encodings)[number]

/** The bytes of a file with this text. */
export function encoded(text: string, as: StoredAs): Buffer {
  if (as === 'UTF-16LE with BOM') return Buffer.from(`\ufeff${text}`, 'utf16le')
  return Buffer.from(as === 'UTF-8' ? text : `\ufeff${text}`)
}
