import { expect, test } from '@jest/globals'
import { portIn } from '../../../src/transport/ftp-data'

test.each([
  ['229 Entering Extended Passive Mode (|||6446|)', 6446],
  ['229 Entering Extended Passive Mode (!!!6446!).', 6446],
  ['227 Entering Passive Mode (192,168,1,9,10,229).', 2789],
  ['227 Passive 10,0,0,1,4,2', 1026]
])('the port in "%s" is %i', (answer, port) => {
  expect(portIn(answer)).toBe(port)
})

test.each([['229 Entering Extended Passive Mode'], ['227 Entering Passive Mode (1,2,3)']])(
  'an answer without a port is told as such: %s',
  answer => {
    expect(() => portIn(answer)).toThrow('open data connection')
  }
)
