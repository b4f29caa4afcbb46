import { spawnSync } from 'node:child_process'
import { existsSync, statSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { basename, dirname, join } from 'node:path'
import { recipes, type RealServerName } from './catalogue'
import { installed } from './recipe'

const remedy = 'run __tests__/support/servers/install.sh'
const tools = ['openssl', 'ssh-keygen', 'unshare', 'perl']

/** Why this server cannot run here; undefined if it can. Costs a few milliseconds once. */
export function whyNot(name: RealServerName): string | undefined {
  if (process.platform !== 'linux') return `needs Linux, not ${process.platform}`
  if (process.getuid?.() !== 0) return 'needs root'
  const missing = recipes[name].needs.find(file => !existsSync(installed(file)))
  if (missing) return `${basename(missing)} is not installed: ${remedy}`
  machine ??= { obstacle: missingTool() ?? closedTempFolder(tmpdir()) ?? noNamespace() }
  return machine.obstacle
}

let machine: { obstacle: string | undefined } | undefined

function missingTool() {
  const folders = (process.env.PATH ?? '').split(':')
  const missing = tools.find(tool => !folders.some(folder => existsSync(join(folder, tool))))
  return missing && `${missing} is not installed: ${remedy}`
}

function closedTempFolder(folder: string) {
  if (/[\s%]/.test(folder)) return `the temp folder ${folder} has a blank or % in its path: set TMPDIR to another`
  if (/^\/(dev|run)(\/|$)/.test(folder))
    return `the temp folder ${folder} is hidden from the servers: set TMPDIR to another`
  for (let above = folder; above !== '/'; above = dirname(above)) {
    if (!(statSync(above).mode & 0o001)) return `${above} is closed to other users: chmod o+x it, or set TMPDIR`
  }
  return undefined
}

/** Tries what enter.sh does, because no list of capabilities tells: a container may forbid any of it. */
function noNamespace() {
  const script = 'mount -t tmpfs none /dev && mknod -m 666 /dev/null c 1 3 && : >/dev/null'
  const options = ['--mount', '--pid', '--fork', '--propagation', 'private', 'sh', '-c', script]
  const { status, stderr } = spawnSync('unshare', options, { encoding: 'utf8' })
  return status === 0 ? undefined : `cannot unshare mounts and processes, which takes CAP_SYS_ADMIN: ${stderr.trim()}`
}
