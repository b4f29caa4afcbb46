import { expect, test } from '@jest/globals'
import { withHost } from '../../../src/transport/passive-host'

test.each([
  ['a private address', '227 Entering Passive Mode (192,168,1,9,10,229).', '203.0.113.7', '(203,0,113,7,10,229)'],
  ['a foreign address', '227 Entering Passive Mode (198,51,100,1,4,2)', '203.0.113.7', '(203,0,113,7,4,2)'],
  ['an answer without brackets', '227 Passive 10,0,0,1,4,2', '203.0.113.7', '203,0,113,7,4,2'],
  ['an IPv4 host as IPv6 sockets show it', '227 (10,0,0,1,4,2)', '::ffff:203.0.113.7', '(203,0,113,7,4,2)']
])('the data connection stays at the control host: %s', (_, answer, host, expected) => {
  expect(withHost(answer, host)).toContain(expected)
})

test.each([['2001:db8::7'], ['']])(
  'an answer is left as it is when the control host is "%s", which PASV cannot name',
  host => {
    expect(withHost('227 (10,0,0,1,4,2)', host)).toBe('227 (10,0,0,1,4,2)')
  }
)
