import { once } from 'node:events'
import { createServer, connect, type Socket } from 'node:net'
import { readFile } from 'node:fs/promises'
import { join } from 'node:path'
import { Readable } from 'node:stream'
import { setTimeout as sleep } from 'node:timers/promises'
import { afterEach, describe, expect, test } from '@jest/globals'
import { Client as FtpClient } from 'basic-ftp'
import SftpClient from 'ssh2-sftp-client'
import { startFaultProxy, type Faults } from '../support/fault-proxy'
import { startIisFtpServer } from '../support/iis-ftp-server'
import { listenOnLoopback, LOOPBACK_HOST } from '../support/loopback'
import { startSftpServer } from '../support/sftp-server'
import type { TestServer } from '../support/test-server'

/** What to do when a test is over, the last first. */
const cleanUps: (() => unknown)[] = []

afterEach(async () => {
  for (const cleanUp of cleanUps.splice(0).reverse()) await cleanUp()
})

/** A server that answers each client with what the client has sent, and notes how its connections end. */
async function startEcho() {
  const ends: string[] = []
  const echo = createServer({ allowHalfOpen: true }, socket => {
    socket.on('error', (error: NodeJS.ErrnoException) => ends.push(error.code ?? error.message))
    socket.on('end', () => ends.push('end')).pipe(socket)
  })
  const loopback = await listenOnLoopback(echo)
  const server: TestServer = {
    protocol: 'ftp',
    host: LOOPBACK_HOST,
    port: loopback.port,
    username: '',
    password: '',
    root: '',
    rootPath: '/',
    commands: () => Promise.resolve(['a command']),
    stop: () => loopback.stop()
  }
  return { server, ends }
}

async function startEchoProxy(faults: Faults) {
  const { server, ends } = await startEcho()
  const proxy = await startFaultProxy(server, faults)
  cleanUps.push(() => proxy.stop())
  return { proxy, ends }
}

/** A client that remembers what it got, and how it ended. */
async function open({ host, port }: TestServer) {
  const socket = connect({ host, port, noDelay: true })
  const seen = { text: '', end: '' }
  socket.on('data', chunk => {
    seen.text += String(chunk)
  })
  socket.on('end', () => {
    seen.end = 'end'
  })
  socket.on('error', (error: NodeJS.ErrnoException) => {
    seen.end = error.code ?? error.message
  })
  cleanUps.push(() => socket.destroy())
  // A reset may be quicker than the news of the connection.
  await Promise.race([once(socket, 'connect'), once(socket, 'close')]).catch(() => undefined)
  return { socket, seen }
}

async function expectSoon(assertion: () => void) {
  const deadline = Date.now() + 2_000
  for (;;) {
    try {
      assertion()
      return
    } catch (error) {
      if (Date.now() > deadline) throw error
    }
    await sleep(5)
  }
}

async function expectEcho({ socket, seen }: { socket: Socket; seen: { text: string } }, text: string) {
  const before = seen.text
  socket.write(text)
  await expectSoon(() => {
    expect(seen.text).toBe(before + text)
  })
}

describe('the fault proxy', () => {
  test('passes all on without a fault, the end and a reset too', async () => {
    const { proxy, ends } = await startEchoProxy({})
    const first = await open(proxy)
    const large = 'x'.repeat(3_000_000)
    await expectEcho(first, large)
    first.socket.end('last words')
    await expectSoon(() => {
      expect(first.seen.end).toBe('end')
    })
    expect(first.seen.text).toBe(`${large}last words`)
    const second = await open(proxy)
    await expectEcho(second, 'hello')
    second.socket.resetAndDestroy()
    await expectSoon(() => {
      expect(ends).toEqual(['end', 'ECONNRESET'])
    })
    expect([proxy.connections, proxy.struck]).toEqual([2, 0])
    expect(await proxy.commands()).toEqual(['a command'])
  })

  test.each([
    [false, 'end'],
    [true, 'ECONNRESET']
  ])('cuts every second connection as soon as it is made (reset: %s)', async (reset, end) => {
    const { proxy, ends } = await startEchoProxy({ cutEvery: 2, reset })
    for (const expected of ['', end, '', end]) {
      const client = await open(proxy)
      if (expected) {
        await expectSoon(() => {
          expect(client.seen).toEqual({ text: '', end: expected })
        })
      } else {
        await expectEcho(client, 'hello')
      }
    }
    expect([proxy.connections, proxy.struck]).toEqual([4, 2])
    expect(ends).toEqual([])
  })

  test.each([
    [false, 'end'],
    [true, 'ECONNRESET']
  ])('cuts a connection on both sides after some bytes (reset: %s)', async (reset, end) => {
    const { proxy, ends } = await startEchoProxy({ cutAfter: 10, reset })
    const client = await open(proxy)
    await expectEcho(client, '12345')
    client.socket.write('6789abcdef')
    await expectSoon(() => {
      expect([client.seen.end, ends]).toEqual([end, [end]])
    })
    expect('123456789a').toContain(client.seen.text)
    expect(proxy.struck).toBe(1)
  })

  test('cuts after some bytes only every second time', async () => {
    const { proxy } = await startEchoProxy({ cutEvery: 2, cutAfter: 3 })
    await expectEcho(await open(proxy), 'hello')
    const second = await open(proxy)
    await expectEcho(second, 'he')
    second.socket.write('llo')
    await expectSoon(() => {
      expect(second.seen.end).toBe('end')
    })
  })

  test('stalls without closing, and goes on where it was when it is healed', async () => {
    const { proxy, ends } = await startEchoProxy({ stallAfter: 7 })
    const client = await open(proxy)
    await expectEcho(client, 'hello')
    client.socket.write('world')
    client.socket.write('x'.repeat(20_000_000))
    await sleep(100)
    expect(client.seen).toEqual({ text: 'hello', end: '' })
    expect(client.socket.writableLength).toBeGreaterThan(0)
    expect([ends, proxy.struck]).toEqual([[], 1])
    proxy.heal()
    client.socket.end('end')
    await expectSoon(() => {
      expect(client.seen.end).toBe('end')
    })
    expect(client.seen.text === `helloworld${'x'.repeat(20_000_000)}end`).toBe(true)
    await expectEcho(await open(proxy), 'hello world')
    expect(proxy.struck).toBe(1)
  })

  test('stalls before the greeting', async () => {
    const server = await startIisFtpServer()
    const proxy = await startFaultProxy(server, { stallAfter: 0 })
    cleanUps.push(() => proxy.stop())
    const { seen } = await open(proxy)
    await sleep(100)
    expect(seen).toEqual({ text: '', end: '' })
    proxy.heal()
    await expectSoon(() => {
      expect(seen.text).toBe('220 Microsoft FTP Service\r\n')
    })
  })

  test('closes an idle connection, until it is healed', async () => {
    const { proxy, ends } = await startEchoProxy({ idleMs: 400 })
    const client = await open(proxy)
    for (const text of 'hello') {
      await expectEcho(client, text)
      await sleep(100)
    }
    await expectSoon(() => {
      expect([client.seen, ends]).toEqual([{ text: 'hello', end: 'end' }, ['end']])
    })
    const second = await open(proxy)
    await expectEcho(second, 'hello')
    proxy.heal()
    await sleep(500)
    await expectEcho(second, 'again')
    expect(proxy.struck).toBe(1)
  })

  test('leaves later connections alone', async () => {
    const { proxy } = await startEchoProxy({ only: 2, cutEvery: 1, latencyMs: 1_000, idleMs: 50 })
    for (const expected of ['end', 'end', '', '']) {
      const client = await open(proxy)
      await sleep(100)
      expect(client.seen.end).toBe(expected)
      if (!expected) await expectEcho(client, 'hello')
    }
    expect(proxy.struck).toBe(2)
  })

  test('delays both ways, in order', async () => {
    const { proxy } = await startEchoProxy({ latencyMs: 100 })
    const client = await open(proxy)
    const start = performance.now()
    await expectEcho(client, 'hello')
    expect(performance.now() - start).toBeGreaterThanOrEqual(195)
    client.socket.write('slow')
    await sleep(20)
    proxy.heal()
    client.socket.write(' fast')
    await expectSoon(() => {
      expect(client.seen.text).toBe('helloslow fast')
    })
  })

  test('carries so many bytes a second to the server, in order', async () => {
    const { proxy } = await startEchoProxy({ bytesPerSecond: 100_000 })
    const client = await open(proxy)
    const start = performance.now()
    const text = Array.from({ length: 4 }, (_, part) => String(part).repeat(10_000)).join('')
    client.socket.write(text)
    await sleep(20)
    client.socket.write('end')
    await expectSoon(() => {
      expect(client.seen.text).toBe(`${text}end`)
    })
    expect(performance.now() - start).toBeGreaterThanOrEqual(390)
    expect(proxy.struck).toBe(0)
  })

  test('cuts what there is when it is told to', async () => {
    const { proxy, ends } = await startEchoProxy({})
    const client = await open(proxy)
    await expectEcho(client, 'hello')
    proxy.cut()
    await expectSoon(() => {
      expect([client.seen.end, ends]).toEqual(['end', ['end']])
    })
    await expectEcho(await open(proxy), 'hello')
  })

  test('is reset when the server is not there, and stops with it', async () => {
    const { server } = await startEcho()
    const proxy = await startFaultProxy(server, {})
    await server.stop()
    const { seen } = await open(proxy)
    await expectSoon(() => {
      expect(seen.end).toBe('ECONNRESET')
    })
    const stopping = await startEchoProxy({ stallAfter: 0 })
    const client = await open(stopping.proxy)
    await Promise.all([proxy.stop(), stopping.proxy.stop()])
    await expectSoon(() => {
      expect(client.socket.closed).toBe(true)
    })
    expect((await open(stopping.proxy)).seen.end).toBe('ECONNREFUSED')
  })

  test('lets SFTP through until it is cut', async () => {
    const proxy = await startFaultProxy(await startSftpServer(), { cutEvery: 2, cutAfter: 500_000 })
    cleanUps.push(() => proxy.stop())
    const content = Buffer.alloc(2_000_000, 'x')
    const upload = async (path: string) => {
      const sftp = new SftpClient('test', { error: () => undefined, end: () => undefined, close: () => undefined })
      const { host, port, username, password } = proxy
      await sftp.connect({ sock: connect({ host, port, noDelay: true }), username, password })
      cleanUps.push(() => sftp.end())
      await sftp.put(content, path)
    }
    await upload('/first')
    await expect(upload('/second')).rejects.toThrow()
    await upload('/second')
    expect((await readFile(join(proxy.root, 'second'))).equals(content)).toBe(true)
    expect([proxy.connections, proxy.struck]).toEqual([3, 1])
  })

  test.each([{}, { tls: true }, { implicit: true }])('lets FTP through (%j)', async options => {
    const proxy = await startFaultProxy(await startIisFtpServer(options), { idleMs: 200 })
    cleanUps.push(() => proxy.stop())
    const ftp = new FtpClient(5_000)
    cleanUps.push(() => {
      ftp.close()
    })
    const { host, port, username: user, password, ca } = proxy
    const secure = proxy.protocol === 'ftps-implicit' ? 'implicit' : proxy.protocol === 'ftps'
    await ftp.access({ host, port, user, password, secure, ...(ca && { secureOptions: { ca } }) })
    await ftp.uploadFrom(Readable.from(['content']), 'file')
    expect(await readFile(join(proxy.root, 'file'), 'utf8')).toBe('content')
    await sleep(300)
    await expect(ftp.pwd()).rejects.toThrow()
    expect(proxy.struck).toBe(1)
  })
})
