import { spawn } from 'node:child_process'
import { once } from 'node:events'
import { readFile } from 'node:fs/promises'
import { connect } from 'node:net'
import { resolve } from 'node:path'
import { setTimeout as sleep } from 'node:timers/promises'
import { connect as connectTls } from 'node:tls'
import type { TestServer } from '../test-server'
import type { Site } from './recipe'

const patience = 15_000

// A UTF-8 locale, or proftpd refuses names that are not ASCII. None of the variables of jest.
const environment = { PATH: '/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin', LC_ALL: 'C.UTF-8' }

export interface Daemon {
  /** Resolves when the daemon greets a client; rejects with what the daemon said if it does not. */
  greets(protocol: TestServer['protocol'], ca: string): Promise<void>
  /** Ends it with all descendants, removes its mounts and its files. */
  stop(): Promise<void>
}

/**
 * Starts a daemon in namespaces of its own. It ends with this process at the latest, whatever that dies of: see
 * supervise.sh.
 * @param options.size makes the root a disk of its own
 * @param options.syslog collects in the log what the daemon says to syslog
 */
export function startDaemon(site: Site, command: string[], options: { size: string; syslog: boolean }): Daemon {
  // Not by the place of this module: in a bundle that is another one.
  const script = resolve('__tests__/support/servers/supervise.sh')
  const settings = [site.home, site.root, options.size, options.syslog ? site.log : '']
  // Detached, so that ^C at the terminal does not end the supervisor before it could clean up.
  const supervisor = spawn('sh', [script, ...settings, ...command], {
    cwd: '/',
    env: environment,
    detached: true,
    stdio: ['pipe', 'pipe', 'ignore']
  })
  const exited = once(supervisor, 'exit')
  // A test that fails to stop it must not keep jest from ending, which stops it too.
  for (const handle of [supervisor, supervisor.stdin, supervisor.stdout]) {
    if ('unref' in handle && typeof handle.unref === 'function') handle.unref()
  }
  let running = true
  supervisor.stdout.once('data', () => (running = false)).once('end', () => (running = false))

  return {
    async greets(protocol, ca) {
      const deadline = Date.now() + patience
      for (;;) {
        const answer = await greeting(site, protocol, ca).catch(String)
        if (running && /^(220|SSH-)/.test(answer)) return
        if (running && Date.now() < deadline) await sleep(20)
        else throw new Error(await complaint(answer))
      }
    },
    async stop() {
      supervisor.ref()
      supervisor.stdin.end()
      await exited
    }
  }

  async function complaint(answer: string) {
    const what = running ? `does not greet within ${patience / 1000} s (${answer})` : 'has ended'
    const output = await readFile(site.output, 'utf8').catch(String)
    return `${command.join(' ')} ${what}; it said:\n${output.slice(-2000)}`
  }
}

/** All that the server says to a client who leaves at once, or the visit would count against a limit for a while. */
async function greeting({ address: host, port }: Site, protocol: TestServer['protocol'], ca: string) {
  const socket = protocol === 'ftps-implicit' ? connectTls({ host, port, ca }) : connect({ host, port })
  socket.setTimeout(patience, () => socket.destroy(new Error('silent')))
  let text = ''
  for await (const chunk of socket) {
    if (protocol === 'sftp') return String(chunk)
    if (!text) socket.write('QUIT\r\n')
    text += String(chunk)
  }
  return text
}
