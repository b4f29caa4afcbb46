import { expect, test } from '@jest/globals'
import { whyNotOnWindows } from '../../../src/build/windows-name'

test.each([
  ['index.html'],
  ['Informix v10.x & v12.x Interface (I10).zip'],
  ['Größe (süß)'],
  ['日本語.png'],
  ['.well-known'],
  ['console.log'],
  ['com10.txt'],
  ['auxiliary'],
  ['a con'],
  ["it's #1 % + = @ [x] {y} ~!^$;,"],
  ['a'.repeat(255)]
])('Windows can hold %s', name => {
  expect(whyNotOnWindows(name)).toBeUndefined()
})

test.each([
  ['a<b', '"<"'],
  ['a>b', '">"'],
  ['a:b', '":"'],
  ['a"b', String.raw`"\""`],
  ['a|b', '"|"'],
  ['a?b', '"?"'],
  ['a*b', '"*"'],
  ['a\\b', String.raw`"\\"`],
  ['a\u0001b', String.raw`"\u0001"`],
  ['a\nb', String.raw`"\n"`]
])('Windows cannot hold %j, because of the character', (name, shown) => {
  expect(whyNotOnWindows(name)).toBe(`it contains ${shown}`)
})

test.each([
  ['name.', 'ends with a dot'],
  ['name ', 'ends with a dot or a blank'],
  ['...', 'ends with a dot'],
  ['con', 'device name'],
  ['CON', 'device name'],
  ['nul.txt', 'device name'],
  ['Aux.tar.gz', 'device name'],
  ['PRN', 'device name'],
  ['com1', 'device name'],
  ['LPT9.log', 'device name'],
  ['com²', 'device name'],
  ['a'.repeat(256), '256 characters']
])('Windows cannot hold %s, and the reason is said', (name, reason) => {
  expect(whyNotOnWindows(name)).toContain(reason)
})
