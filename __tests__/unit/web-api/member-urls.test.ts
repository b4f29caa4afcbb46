import { expect, test } from '@jest/globals'
import { memberUrls } from '../../../src/web-api/member-urls'
import type { Place, Places } from '../../../src/inputs/settings'
import { place } from '../../support/settings'

function places(...hosts: [string, ...string[]]): Places {
  const at = (host: string): Place => ({ ...place, address: { ...place.address, host } })
  const [first, ...more] = hosts
  return [at(first), ...more.map(at)]
}

const url = 'https://api.example.com/sales_API/health-readiness'

test.each<[string, Places, string, ReturnType<typeof memberUrls>]>([
  ['one server', places('web1'), url, [{ url, host: undefined }]],
  ['one server with several roots', places('web1', 'WEB1'), url, [{ url, host: undefined }]],
  [
    'two servers',
    places('web1', 'web2.example.com'),
    url,
    [
      { url: 'https://web1/sales_API/health-readiness', host: 'api.example.com' },
      { url: 'https://web2.example.com/sales_API/health-readiness', host: 'api.example.com' }
    ]
  ],
  [
    'a port that is not the usual one',
    places('web1', 'web2'),
    'http://api:8080/x',
    [
      { url: 'http://web1:8080/x', host: 'api:8080' },
      { url: 'http://web2:8080/x', host: 'api:8080' }
    ]
  ],
  [
    'the load balancer being one of them',
    places('web1', 'api'),
    'http://API/x',
    [
      { url: 'http://web1/x', host: 'api' },
      { url: 'http://api/x', host: undefined }
    ]
  ],
  [
    'addresses of version 6, and a URL without a name',
    places('::1', '10.0.0.1'),
    'http://10.0.0.9/x',
    [
      { url: 'http://[::1]/x', host: undefined },
      { url: 'http://10.0.0.1/x', host: undefined }
    ]
  ],
  ['a URL that is none', places('web1', 'web2'), '', [{ url: '', host: undefined }]]
])('for %s', (_, sites, given, expected) => {
  expect(memberUrls(given, sites)).toEqual(expected)
})
