import { chmod, chown, mkdir, mkdtemp, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import type { TestServer } from '../test-server'
import { account, newPassword, writeAccount } from './account'
import { recipes, type RealServerName } from './catalogue'
import { startDaemon } from './daemon'
import { fingerprint, keys, writeKeys } from './keys'
import { settledLines } from './log'
import { whyNot } from './obstacle'
import { freePort } from './port'
import { installed, type Recipe, type Site } from './recipe'

/**
 * Starts a daemon with a temp folder, a port and a password of its own, and waits until it greets. `commands()` returns
 * the lines of the daemon's log.
 *
 * The root belongs to the account of the clients, but what a test puts there directly belongs to root: `handOver` it.
 * @param options.size makes the root a disk of that size, in memory, such as `2m`, to fill up
 * @param options.recipe runs the same daemon in another way
 * @param options.address where it listens; 127.0.0.1
 * @param options.password of the account; one that fails wherever it is not escaped
 */
export async function startRealServer(
  name: RealServerName,
  options: { size?: string; recipe?: Recipe; address?: string; password?: string } = {}
): Promise<TestServer> {
  const obstacle = whyNot(name)
  if (obstacle) throw new Error(`${name} cannot run here: ${obstacle}`)
  const { recipe = recipes[name], address = '127.0.0.1', password = newPassword() } = options
  const contents = await keys(address)
  const site = await makeSite(name, recipe.chroot ?? false, address)
  await writeAccount(`${site.home}/etc`, site.root, password)
  await writeKeys(site.keys, contents)
  await writeFile(site.config, recipe.config(site))

  const { protocol, hostKey, syslog = false } = recipe
  const command = [installed(recipe.needs[0]), ...recipe.arguments(site)]
  const daemon = startDaemon(site, command, { size: options.size ?? '', syslog })
  try {
    await daemon.greets(protocol, contents['ca.crt'])
  } catch (error) {
    await daemon.stop()
    throw error
  }
  return {
    protocol,
    host: address,
    port: site.port,
    username: account.name,
    password,
    ...(hostKey && { privateKey: contents.user, hostKey: fingerprint(contents[`host_${hostKey}.pub`]) }),
    ...(protocol.startsWith('ftps') && { ca: contents['ca.crt'] }),
    root: site.root,
    rootPath: recipe.rootPath(site),
    commands: () => settledLines(site.log),
    stop: () => daemon.stop()
  }
}

async function makeSite(name: RealServerName, chroot: boolean, address: string): Promise<Site> {
  const home = await mkdtemp(join(tmpdir(), `${name}-`))
  const root = chroot ? `${home}/chroot/www` : `${home}/root`
  const log = `${home}/log`
  // In the chroot, dev/log is where enter.sh mounts the socket of its syslog.
  const folders = [`${home}/empty`, ...(chroot ? [`${home}/chroot`, `${home}/chroot/dev`] : []), root]
  for (const folder of folders) await mkdir(folder)
  if (chroot) await writeFile(`${home}/chroot/dev/log`, '')
  await writeFile(log, '')
  // Whatever the umask of the tests is: daemons come here without privileges.
  for (const folder of [home, ...folders]) await chmod(folder, 0o755)
  await chown(root, account.uid, account.gid)
  return {
    home,
    root,
    keys: `${home}/keys`,
    config: `${home}/config`,
    log,
    output: `${home}/output`,
    address,
    port: await freePort(address)
  }
}
