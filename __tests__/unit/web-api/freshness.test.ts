import { expect, test } from '@jest/globals'
import { freshness } from '../../../src/web-api/freshness'

const date = 'Wed, 07 Jan 2026 10:00:00 GMT'

test.each<[Record<string, string>, number]>([
  [{}, 0],
  [{ 'cache-control': 'max-age=86400' }, 86_400],
  [{ 'cache-control': 'public, Max-Age="60"' }, 60],
  [{ 'cache-control': 's-maxage=86400' }, 0],
  [{ 'cache-control': 'no-cache, max-age=86400' }, 0],
  [{ 'cache-control': 'NO-STORE', expires: 'Thu, 08 Jan 2026 10:00:00 GMT', date }, 0],
  [{ 'cache-control': 'public', expires: 'Thu, 08 Jan 2026 10:00:00 GMT', date }, 86_400],
  [{ 'cache-control': 'max-age=0', expires: 'Thu, 08 Jan 2026 10:00:00 GMT', date }, 0],
  [{ expires: 'Thu, 08 Jan 2026 10:00:00 GMT', date }, 86_400],
  [{ expires: 'Tue, 06 Jan 2026 10:00:00 GMT', date }, 0],
  [{ expires: '-1', date }, 0],
  [{ expires: '0', date }, 0],
  [{ expires: 'Thu, 08 Jan 2026 10:00:00 GMT' }, 0]
])('of %j is %d s', (headers, seconds) => {
  expect(freshness({ get: name => headers[name] ?? null }).seconds).toBe(seconds)
})
