import { expect, test } from '@jest/globals'
import { namesOf } from '../../../src/site/site-names'
import { parseSite, type SiteAddress } from '../../../src/site/site-url'

test.each([
  ['no name for the only site', ['sftp://u@web1/x'], ['']],
  ['the host', ['sftp://u@Web1/x', 'ftps://u@web2/x'], ['web1', 'web2']],
  ['the port', ['sftp://u@web1/x', 'sftp://u@web1:2222/x'], ['web1:22', 'web1:2222']],
  ['the root', ['sftp://u@web1/x', 'sftp://u@web1/y'], ['sftp://web1:22 /x', 'sftp://web1:22 /y']],
  [
    'the user',
    ['sftp://u@web1', 'sftp://v@web1'],
    ['sftp://web1:22  (u)', 'sftp://web1:22  (v)'].map(name => expect.stringMatching(name.replace(/[()]/g, '.')))
  ]
])('sites are told apart by %s', (_, sites, names) => {
  expect(namesOf(sites.map(text => parseSite(text) as SiteAddress))).toEqual(names)
})
