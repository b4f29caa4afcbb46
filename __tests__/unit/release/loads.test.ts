import { expect, test } from '@jest/globals'
import type { Place } from '../../../src/inputs/settings'
import { loadAt } from '../../../src/release/loads'
import { parseSite } from '../../../src/site/site-url'
import { loginOf } from '../../support/login'

const loads = { app: { operations: 7, bytes: 4_000 }, webApi: { operations: 250, bytes: 100_000_000 } }

function place(url: string): Place {
  const address = parseSite(url)
  if (typeof address === 'string') throw new Error(address)
  return { address, login: loginOf({ username: 'deploy', password: '-' } as Parameters<typeof loginOf>[0]) }
}

const [web, other] = [place('sftp://deploy@web.example.com/www'), place('sftp://deploy@api.example.com/www')] as const

test('a site that is both gets all of a build: connections are opened for its Web APIs too', () => {
  expect(loadAt(web, loads, { sites: [web], webApiSites: [web] })).toEqual({ operations: 257, bytes: 100_004_000 })
})

test('each of two sites gets what is its own', () => {
  const both = { sites: [web] as const, webApiSites: [other] as const }
  expect(loadAt(web, loads, both)).toEqual(loads.app)
  expect(loadAt(other, loads, both)).toEqual(loads.webApi)
})
