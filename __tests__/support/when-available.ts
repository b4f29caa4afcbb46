/* eslint-disable jest/no-export, jest/no-disabled-tests, jest/valid-title, jest/valid-describe-callback, jest/expect-expect
   -- tests come in from suites, this is none */
import type { FleetMember } from './fleet'
import { describe, test } from '@jest/globals'
import { whyNot, type RealServerName } from './servers'

/** A `describe` for a server of the fleet, be it real or embedded. */
export function describeMember(member: FleetMember, body: () => void): void {
  if (member.real === undefined) describe(member.name, body)
  else describeServer(member.real, body)
}

const told = new Set<string>()

/**
 * A `describe` for tests that need a real server. Where it cannot run, they are skipped, and the title and a line on
 * standard error say why; with REQUIRE_SERVERS=1 in the environment they fail instead.
 *
 * @param obstacle why it cannot run here; undefined = it can
 */
export function describeServer(name: RealServerName, body: () => void, obstacle = whyNot(name)): void {
  if (!obstacle) {
    describe(name, body)
  } else if (process.env.REQUIRE_SERVERS === '1') {
    describe(name, () => {
      test('runs here', () => {
        throw new Error(`${name} cannot run here, and REQUIRE_SERVERS=1 wants it: ${obstacle}`)
      })
    })
  } else {
    tell(`tests with real servers are skipped: ${obstacle}`)
    describe.skip(`${name} (skipped: ${obstacle})`, body)
  }
}

/** Not by the console: jest shows neither its output nor any title when all tests of a file are skipped. */
function tell(line: string) {
  if (!told.has(line)) process.stderr.write(`${line}\n`)
  told.add(line)
}
