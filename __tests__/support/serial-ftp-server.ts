import { once } from 'node:events'
import { createServer, type Server, type Socket } from 'node:net'
import { createInterface } from 'node:readline'
import { setTimeout as sleep } from 'node:timers/promises'
import { listenOnLoopback, LOOPBACK_HOST } from './loopback'
import type { TestServer } from './test-server'

/** How long after the end of a file it takes to confirm it. */
const patienceMs = 50

export interface SerialFtpServer extends TestServer {
  /** Files by path. */
  readonly files: ReadonlyMap<string, string>
  /** Commands that came while one before them was still to be answered. */
  readonly early: readonly string[]
}

/**
 * An FTP server that takes files, and says that it renames. As vsftpd it reads a command when it is done with the one
 * before.
 *
 * @param greeting what it says of itself
 * @param refused the paths that it refuses; `/bye` is one at which it gives the connection up
 */
export async function startSerialFtpServer(
  greeting: string,
  refused: readonly string[] = []
): Promise<SerialFtpServer> {
  const files = new Map<string, string>()
  const early: string[] = []
  const log: string[] = []
  const replies: Readonly<Record<string, string>> = {
    USER: '331 Password required.',
    PASS: '230 Logged in.',
    OPTS: '501 Option not understood.'
  }

  const serve = async (control: Socket): Promise<void> => {
    const waiting: string[] = []
    let isMore = (): void => undefined
    let isBusy = true
    createInterface(control).on('line', line => {
      if (isBusy || waiting.length > 0) early.push(line)
      waiting.push(line)
      isMore()
    })
    const next = async (): Promise<string> => {
      isBusy = false
      while (waiting.length === 0) await new Promise<void>(resolve => (isMore = resolve))
      isBusy = true
      return waiting.shift() ?? ''
    }
    const say = (text: string): unknown => control.write(`${text}\r\n`)
    let passive: Server | undefined
    let data: Promise<Socket> | undefined
    let isNamed = false
    control.once('close', () => passive?.close())
    say(`220 ${greeting}`)
    for (;;) {
      const line = await next()
      log.push(line)
      const [command = '', path = ''] = line.split(' ')
      if (path === '/bye') {
        say('421 Timeout.')
      } else if (command === 'EPSV') {
        passive?.close()
        const server = createServer().listen(0, LOOPBACK_HOST)
        passive = server
        data = once(server, 'connection').then(([socket]) => socket as Socket)
        await once(server, 'listening')
        say(`229 Entering Extended Passive Mode (|||${(server.address() as { port: number }).port}|)`)
      } else if (command === 'STOR' && data && !refused.includes(path)) {
        say('150 Ok to send data.')
        const socket = await data
        files.set(path, Buffer.concat(await socket.toArray()).toString())
        await sleep(patienceMs)
        socket.destroy()
        say('226 Transfer complete.')
      } else if (command === 'RNFR') {
        isNamed = !refused.includes(path)
        say(isNamed ? '350 Ready for RNTO.' : '550 RNFR command failed.')
      } else if (command === 'RNTO') {
        say(isNamed && !refused.includes(path) ? '250 Rename successful.' : '503 RNFR required first.')
        isNamed = false
      } else {
        say(command === 'STOR' ? '553 Could not create file.' : (replies[command] ?? '200 Ok.'))
      }
    }
  }

  const loopback = await listenOnLoopback(
    // Replies to commands that came together are not to wait for one another.
    createServer({ noDelay: true }, control => {
      control.on('error', () => undefined)
      void serve(control)
    })
  )
  return {
    protocol: 'ftp',
    host: LOOPBACK_HOST,
    port: loopback.port,
    username: 'deploy',
    password: 'secret',
    root: '',
    rootPath: '/',
    files,
    early,
    commands: () => Promise.resolve(log),
    stop: () => loopback.stop()
  }
}
