import { afterEach, expect, test } from '@jest/globals'
import { randomBytes } from 'node:crypto'
import { readFile } from 'node:fs/promises'
import { join } from 'node:path'
import { Writable } from 'node:stream'
import { connect } from '../../src/transport/connect'
import { parseJumpHost } from '../../src/transport/jump'
import { JumpHost } from '../../src/transport/jump-host'
import type { Session } from '../../src/transport/port'
import { joinRemote } from '../../src/transport/remote-path'
import { deployErrorOf } from '../unit/deploy-error'
import { startFaultProxy, type Faults, type FaultProxy } from '../support/fault-proxy'
import { addressOf, loginOf } from '../support/login'
import { startRealServer } from '../support/servers'
import { startSftpServer } from '../support/sftp-server'
import type { TestServer } from '../support/test-server'
import { describeMember } from '../support/when-available'

const cleanUps: (() => unknown)[] = []

afterEach(async () => {
  for (const cleanUp of cleanUps.splice(0).reverse()) await cleanUp()
})

const ways = [
  { name: 'embedded', start: () => startSftpServer({ forwards: {} }) },
  { name: 'openssh', real: 'openssh' as const, start: () => startRealServer('openssh') }
]

for (const way of ways) {
  describeMember({ ...way, renameReplaces: true, guarantee: 'atomic' }, () => {
    test('several sessions go over one connection, side by side, and each byte arrives', async () => {
      const { site, jump, open } = await started()
      const sessions = await Promise.all([open(), open(), open()])
      expect(jump.connections).toBe(1)
      await Promise.all(
        sessions.map(async (session, n) => {
          const bytes = randomBytes(5_000_000 + n)
          const file = joinRemote(session.root, `${n}.bin`)
          await session.write(file, { bytes })
          expect((await readFile(join(site.root, `${n}.bin`))).equals(bytes)).toBe(true)
          expect((await read(session, file)).equals(bytes)).toBe(true)
        })
      )
    })

    test('a session that is closed takes no other one with it, and the end of the jump host takes all', async () => {
      const { open, jumpHost } = await started()
      const [one, two] = await Promise.all([open(), open()])
      await one[Symbol.asyncDispose]()
      expect(await two.list(two.root)).toEqual([])
      await jumpHost[Symbol.asyncDispose]()
      await expect(two.list(two.root)).rejects.toMatchObject({ reasonCode: 'connection-lost' })
      expect(two.isOpen).toBe(false)
    })

    test('a connection that was cut is named by those that went over it, and replaced for the next', async () => {
      const { open, jump } = await started()
      const session = await open()
      jump.cut()
      const error = await deployErrorOf(() => session.list(session.root))
      expect(error.reasonCode).toBe('connection-lost')
      expect(error.message).toContain('(jump host) was lost')
      const again = await open()
      expect(await again.list(again.root)).toEqual([])
      expect(jump.connections).toBe(2)
    })

    test('on a slow line nothing is taken for silence while bytes arrive', async () => {
      const { open, site, jump } = await started({ bytesPerSecond: 400_000 }, 2_000)
      const session = await open()
      const bytes = randomBytes(2_500_000)
      await session.write(joinRemote(session.root, 'slow.bin'), { bytes })
      expect((await readFile(join(site.root, 'slow.bin'))).equals(bytes)).toBe(true)
      expect(jump.connections).toBe(1)
    }, 30_000)

    test('given up, all ends at once: what goes over it and what is being connected', async () => {
      const { open, jump, giveUp } = await started({ stallAfter: 20_000, only: 1 })
      const session = await open()
      const writing = session.write(joinRemote(session.root, 'never'), { bytes: randomBytes(1_000_000) })
      const opening = open()
      const ends = Promise.allSettled([writing, opening])
      while (jump.struck === 0) await new Promise(resolve => setTimeout(resolve, 10))
      const began = performance.now()
      giveUp.abort(new Error('The run is over.'))
      expect((await ends).map(({ status }) => status)).toEqual(['rejected', 'rejected'])
      expect(performance.now() - began).toBeLessThan(500)
      await expect(open()).rejects.toThrow('The run is over.')
    })

    async function started(faults: Faults = {}, timeoutMs = 10_000): Promise<Started> {
      const site = await way.start()
      const server = await way.start()
      const jump = await startFaultProxy(server, faults)
      const giveUp = new AbortController()
      const address = parseJumpHost(`ssh://${jump.host}:${jump.port}`)
      if (typeof address === 'string') throw new Error(address)
      const jumpHost = new JumpHost({ address, login: loginOf(server, { timeoutMs }) }, () => undefined, giveUp.signal)
      cleanUps.push(
        () => site.stop(),
        () => jump.stop(),
        () => {
          giveUp.abort(new Error('The test is over.'))
        }
      )
      const open = (): Promise<Session> =>
        connect(addressOf(site), loginOf(site, { timeoutMs }), () => undefined, {
          through: jumpHost,
          giveUp: giveUp.signal
        })
      return { site, jump, jumpHost, giveUp, open }
    }
  })
}

interface Started {
  readonly site: TestServer
  readonly jump: FaultProxy
  readonly jumpHost: JumpHost
  readonly giveUp: AbortController
  readonly open: () => Promise<Session>
}

async function read(session: Session, file: string): Promise<Buffer> {
  const parts: Buffer[] = []
  await session.read(
    file,
    () =>
      new Writable({
        write: (part: Buffer, _encoding, done) => {
          parts.push(part)
          done()
        }
      })
  )
  return Buffer.concat(parts)
}
