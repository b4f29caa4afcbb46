import { expect, test } from '@jest/globals'
import fc from 'fast-check'
import { decodeText, encodeText, spliceText } from '../../../src/build/text-encoding'
import { encoded, encodings } from './stored-as'

const wellFormed = fc.string({ unit: 'binary', maxLength: 30 }).filter(text => !text.startsWith('\ufeff'))

test.each([
  ['UTF-8', 'utf-8', 0],
  ['UTF-8 with BOM', 'utf-8', 3],
  ['UTF-16LE with BOM', 'utf-16le', 2]
] as const)('%s is recognised', (as, encoding, bomLength) => {
  expect(decodeText(encoded('größe 日本 😀', as))).toEqual({ text: 'größe 日本 😀', encoding, bomLength })
})

test.each([
  ['Latin-1', [0x67, 0x72, 0xf6]],
  ['a cut character', [0xe6, 0x97]],
  ['an overlong form', [0xc0, 0xaf]],
  ['UTF-16BE', [0xfe, 0xff, 0x00, 0x41]],
  ['UTF-16LE of odd length', [0xff, 0xfe, 0x41]]
])('%s is no text that can be changed safely', (_, bytes) => {
  expect(decodeText(Buffer.from(bytes))).toBeUndefined()
})

test('any bytes that are decoded are encoded to the same bytes', () => {
  const anyBytes = fc.oneof(
    fc.uint8Array({ maxLength: 20 }).map(bytes => Buffer.from(bytes)),
    fc.uint8Array({ maxLength: 20 }).map(bytes => Buffer.from([0xff, 0xfe, ...bytes])),
    fc.tuple(wellFormed, fc.constantFrom(...encodings)).map(([text, as]) => encoded(text, as))
  )
  fc.assert(
    fc.property(anyBytes, bytes => {
      const decoded = decodeText(bytes)
      fc.pre(decoded !== undefined)
      const again = encodeText(decoded.text, decoded.encoding)
      expect(Buffer.concat([bytes.subarray(0, decoded.bomLength), again]).equals(bytes)).toBe(true)
    })
  )
})

test('a part is replaced and all around it stays', () => {
  fc.assert(
    fc.property(wellFormed, wellFormed, wellFormed, wellFormed, fc.constantFrom(...encodings), (a, b, c, d, as) => {
      fc.pre(!(a + b + c).startsWith('\ufeff') && !(a + d + c).startsWith('\ufeff'))
      const bytes = encoded(a + b + c, as)
      const decoded = decodeText(bytes)
      fc.pre(decoded !== undefined)
      expect(spliceText(bytes, decoded, a.length, b.length, d).equals(encoded(a + d + c, as))).toBe(true)
    })
  )
})
