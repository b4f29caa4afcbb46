import { spawn, spawnSync } from 'node:child_process'
import { once } from 'node:events'
import { existsSync } from 'node:fs'
import { chmod, mkdtemp, readFile, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join, resolve } from 'node:path'
import { setTimeout as sleep } from 'node:timers/promises'
import { freePort } from './port'
import { installed } from './recipe'

const program = 'usr/sbin/nginx'
const patience = 15_000
const address = '127.0.0.1'

/** What an operator adds to the configuration. */
export interface NginxOptions {
  /** For the server whose root is the site. */
  readonly site?: string
  /** A second server in front of it has a `proxy_cache` that keeps each answer for an hour, and these. */
  readonly cache?: string
}

export interface Nginx extends AsyncDisposable {
  /** Scheme, host and port that clients use, without a slash at the end. */
  readonly url: string
}

/** Why nginx cannot run here; undefined if it can. */
export function whyNoNginx(): string | undefined {
  if (!existsSync(installed(program))) return 'nginx is not installed: run __tests__/support/servers/install.sh'
  const { status, stderr } = spawnSync(installed(program), ['-e', 'stderr', '-v'], { encoding: 'utf8' })
  return status === 0 ? undefined : `nginx does not start: ${stderr.trim()}`
}

/**
 * Starts nginx as the web server of a folder, with a port and temp files of its own. Its workers are of another account
 * than the one that uploads, as on a real machine: what they may not read, clients do not get.
 *
 * It ends with this process at the latest.
 */
export async function startNginx(root: string, options: NginxOptions = {}): Promise<Nginx> {
  const home = await mkdtemp(join(tmpdir(), 'nginx-'))
  await chmod(home, 0o755)
  const ports = { site: await freePort(address), cache: await freePort(address) }
  await writeFile(`${home}/nginx.conf`, configOf(home, root, ports, options))
  const command = [installed(program), '-e', `${home}/error.log`, '-p', home, '-c', `${home}/nginx.conf`]
  // Not by the place of this module: in a bundle that is another one.
  const script = resolve('__tests__/support/servers/until-eof.sh')
  // Detached, so that ^C at the terminal does not end the supervisor before it could clean up.
  const supervisor = spawn('sh', [script, home, ...command], { detached: true, stdio: ['pipe', 'ignore', 'ignore'] })
  const exited = once(supervisor, 'exit')
  const url = `http://${address}:${options.cache === undefined ? ports.site : ports.cache}`
  const stop = async (): Promise<void> => {
    supervisor.stdin.end()
    await exited
  }
  try {
    // Not through the cache, which would keep the answer.
    await answers(`http://${address}:${ports.site}/`, home)
  } catch (error) {
    await stop()
    throw error
  }
  return { url, [Symbol.asyncDispose]: stop }
}

async function answers(url: string, home: string): Promise<void> {
  const deadline = Date.now() + patience
  while (Date.now() < deadline) {
    const answer = await fetch(url).catch(() => undefined)
    if (answer?.headers.get('server')?.startsWith('nginx') === true) return
    await sleep(20)
  }
  throw new Error(`nginx does not answer; it said:\n${await readFile(`${home}/error.log`, 'utf8').catch(String)}`)
}

function configOf(
  home: string,
  root: string,
  ports: { readonly site: number; readonly cache: number },
  { site = '', cache }: NginxOptions
): string {
  const temporary = ['client_body', 'proxy', 'fastcgi', 'uwsgi', 'scgi']
  const front = `
proxy_cache_path ${home}/cache keys_zone=front:1m;
server {
  listen ${address}:${ports.cache};
  location / {
    proxy_pass http://${address}:${ports.site};
    proxy_cache front;
    proxy_cache_valid 200 1h;
    ${cache ?? ''}
  }
}`
  return `
daemon off;
user www-data;
worker_processes 1;
pid ${home}/nginx.pid;
events {}
http {
  access_log off;
  ${temporary.map(name => `${name}_temp_path ${home}/${name};`).join('\n  ')}
  types { text/html html; application/json json; application/javascript js; text/css css; }
  default_type application/octet-stream;
  server {
    listen ${address}:${ports.site};
    root ${root};
    location ^~ /App_Data/ { return 404; }
    ${site}
  }
  ${cache === undefined ? '' : front}
}
`
}
