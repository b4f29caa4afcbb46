import { expect, test } from '@jest/globals'
import { countRequests } from '../../../bench/requests'

test('requests are counted, and replies are not', () => {
  const sftp = [
    'debug3: request 1: open flags 26',
    'debug1: request 1: sent handle handle 0',
    'debug3: request 2: close handle 0'
  ]
  expect(countRequests('sftp', sftp)).toBe(2)
  const ftp = [
    '[pid 2] [deploy] FTP command: Client "10.77.0.1", "STOR a"',
    '[pid 2] [deploy] FTP response: Client "10.77.0.1", "226"'
  ]
  expect(countRequests('ftps', ftp)).toBe(1)
  expect(countRequests('sftp', [])).toBeUndefined()
})
