import { printParseErrorCode, type ParseError } from 'jsonc-parser'

/** What is wrong with a JSON text, and where. Nothing of the text itself is in it. */
export function jsonMistake(text: string, { error, offset }: ParseError): string {
  // "PropertyNameExpected" reads well enough once it is words.
  const words = printParseErrorCode(error)
    .replace(/([a-z])([A-Z])/g, '$1 $2')
    .toLowerCase()
  const before = text.slice(0, offset).split(/\r\n|\r|\n/)
  return `${words} at line ${before.length}, column ${(before.at(-1) ?? '').length + 1}`
}
