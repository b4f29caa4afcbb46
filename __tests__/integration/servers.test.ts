import { afterAll, beforeAll, expect, test } from '@jest/globals'
import { Client, type FTPContext } from 'basic-ftp'
import { once } from 'node:events'
import { existsSync } from 'node:fs'
import { mkdir, readdir, readFile, stat, writeFile } from 'node:fs/promises'
import { connect } from 'node:net'
import { tmpdir } from 'node:os'
import { join, relative } from 'node:path'
import { Readable } from 'node:stream'
import SftpClient from 'ssh2-sftp-client'
import { handOver, realServers, startRealServer, type RealServerName } from '../support/servers'
import type { TestServer } from '../support/test-server'
import { describeServer } from '../support/when-available'

/** What a server is there for, beyond a login and an upload. */
const traits: Partial<Record<RealServerName, (server: TestServer) => Promise<void>>> = {
  openssh: server =>
    withSftp(server, async client => {
      const [source, target] = await twoFiles(client, server)
      await client.posixRename(source, target)
      expect(await readFile(target, 'utf8')).toBe('source')
    }),
  'openssh-chroot': server =>
    withSftp(server, async client => {
      expect((await client.list('/')).map(entry => entry.name)).toContain('www')
      await expect(client.mkdir('/other')).rejects.toThrow('Permission denied')
    }),
  'openssh-bare': server =>
    withSftp(server, async client => {
      const [source, target] = await twoFiles(client, server)
      await expect(client.posixRename(source, target)).rejects.toThrow('does not support this extended request')
      await expect(client.rename(source, target)).rejects.toThrow('Failure')
    }),
  vsftpd: server =>
    withFtp(server, async client => {
      expect((await client.features()).has('MLST')).toBe(false)
    }),
  'vsftpd-nat': server =>
    withFtp(server, async client => {
      await expect(client.send('EPSV')).rejects.toThrow('550')
      expect((await client.send('PASV')).message).toContain('(192,0,2,1,')
    }),
  'vsftpd-limited': server => expectThirdLogin(server, '421'),
  'proftpd-limited': server => expectThirdLogin(server, '530'),
  'proftpd-tls': server =>
    withFtp(server, async client => {
      const features = await client.features()
      expect([...features.keys()]).toEqual(expect.arrayContaining(['MLST', 'MFMT']))
    })
}

for (const name of realServers) {
  describeServer(name, () => {
    let server: TestServer

    beforeAll(async () => {
      server = await startRealServer(name)
    })
    afterAll(() => server.stop())

    test('takes a login, an upload and a rename, and logs them in order', async () => {
      await (server.protocol === 'sftp' ? publishBySftp(server) : publishByFtp(server))
      const published = join(server.root, 'a folder', 'name.txt')
      expect(await readFile(published, 'utf8')).toBe('content')
      expect((await stat(published)).uid).not.toBe(0)
      const commands = await server.commands()
      const created = commands.findIndex(line => /MKD|mkdir/i.test(line) && line.includes('a folder'))
      const renamed = commands.findIndex(line => /RNTO|rename/i.test(line) && line.includes('name.txt'))
      expect(created).toBeGreaterThan(-1)
      expect(renamed).toBeGreaterThan(created)
    })

    test('lets clients change what a test has handed over', async () => {
      await mkdir(join(server.root, 'prepared'))
      await writeFile(join(server.root, 'prepared', 'file'), '')
      await handOver(join(server.root, 'prepared'))
      const path = join(server.rootPath, 'prepared', 'file')
      if (server.protocol === 'sftp') await withSftp(server, client => client.delete(path))
      else await withFtp(server, client => client.remove(path))
      expect(existsSync(join(server.root, 'prepared', 'file'))).toBe(false)
    })

    const expectTrait = traits[name]
    if (expectTrait) {
      test('does what it is there for', () => expectTrait(server))
    }

    test('ends with its sessions and leaves nothing behind', async () => {
      const session = connect(server.port, server.host)
      session.on('error', () => undefined)
      if (server.protocol !== 'ftps-implicit') await once(session, 'data')
      const home = join(tmpdir(), relative(tmpdir(), server.root).split('/')[0] ?? '')
      const family = await processesOf(home)
      expect(family.length).toBeGreaterThan(4)
      await server.stop()
      session.destroy()
      expect(family.filter(pid => existsSync(`/proc/${pid}`))).toEqual([])
      expect(existsSync(home)).toBe(false)
      await expect(once(connect(server.port, server.host), 'connect')).rejects.toThrow('ECONNREFUSED')
    })
  })
}

describeServer('openssh', () => {
  test('has a disk that fills up, and goes with it', async () => {
    const server = await startRealServer('openssh', { size: '1m' })
    try {
      const large = join(server.root, 'large')
      await expect(writeFile(large, Buffer.alloc(2_000_000))).rejects.toThrow('ENOSPC')
      // Not put(), which takes a failed write for a success.
      const upload = (client: SftpClient) => client.fastPut(large, join(server.rootPath, 'copy'))
      await expect(withSftp(server, upload)).rejects.toThrow('Failure')
    } finally {
      await server.stop()
    }
    expect(await readFile('/proc/mounts', 'utf8')).not.toContain(server.root)
  })
})

async function publishBySftp(server: TestServer) {
  const folder = join(server.rootPath, 'a folder')
  await withSftp(server, async client => {
    await client.mkdir(folder)
    await client.put(Buffer.from('content'), `${folder}/name.tmp`)
    await client.rename(`${folder}/name.tmp`, `${folder}/name.txt`)
  })
  const login = { privateKey: server.privateKey ?? 'none' }
  const names = await withSftp(server, async client => (await client.list(folder)).map(entry => entry.name), login)
  expect(names).toEqual(['name.txt'])
}

async function publishByFtp(server: TestServer) {
  await withFtp(server, async client => {
    await client.send('MKD a folder')
    await client.cd('a folder')
    await client.uploadFrom(Readable.from('content'), 'name.tmp')
    await client.rename('name.tmp', 'name.txt')
    expect((await client.list()).map(entry => entry.name)).toEqual(['name.txt'])
  })
}

async function twoFiles(client: SftpClient, server: TestServer) {
  const paths = ['source', 'target'].map(name => join(server.rootPath, name)) as [string, string]
  for (const path of paths) await client.put(Buffer.from(path.endsWith('source') ? 'source' : 'target'), path)
  return paths
}

async function expectThirdLogin(server: TestServer, refusal: string) {
  await withFtp(server, () =>
    withFtp(server, async () => {
      await expect(withFtp(server, client => client.pwd())).rejects.toThrow(refusal)
    })
  )
}

async function withSftp<T>(
  { host, port, username, password, hostKey }: TestServer,
  action: (client: SftpClient) => Promise<T>,
  login: { password: string } | { privateKey: string } = { password }
) {
  const client = new SftpClient()
  const hostVerifier = (hash: string) => `SHA256:${Buffer.from(hash, 'hex').toString('base64')}` === `${hostKey}=`
  try {
    // ssh2 leaves Nagle's algorithm on, which costs 40 ms at every request.
    const sock = connect({ host, port, noDelay: true })
    await client.connect({ sock, username, ...login, hostHash: 'sha256', hostVerifier })
    return await action(client)
  } finally {
    await client.end()
  }
}

async function withFtp<T>(server: TestServer, action: (client: Client) => Promise<T>) {
  const { host, port, username, password, protocol, ca } = server
  const client = new Client(5000)
  // vsftpd-nat refuses EPSV, and what it names in answer to PASV is not where it is.
  if (protocol === 'ftp') client.prepareTransfer = passiveAtControlHost
  const secure = protocol === 'ftps-implicit' ? 'implicit' : protocol === 'ftps'
  try {
    await client.access({ host, port, user: username, password, secure, ...(ca && { secureOptions: { ca } }) })
    return await action(client)
  } finally {
    client.close()
  }
}

async function passiveAtControlHost(ftp: FTPContext) {
  const response = await ftp.request('PASV')
  const [, high, low] = /(\d+),(\d+)\)/.exec(response.message) ?? []
  ftp.dataSocket = connect(Number(high) * 256 + Number(low), ftp.socket.remoteAddress)
  await once(ftp.dataSocket, 'connect')
  return response
}

/** Pids of the processes that were started with this folder as an argument, and of their descendants. */
async function processesOf(folder: string) {
  const pids = (await readdir('/proc')).filter(entry => /^\d+$/.test(entry))
  const read = (pid: string, file: string) => readFile(`/proc/${pid}/${file}`, 'utf8').catch(() => '')
  const parents = new Map<string, string | undefined>()
  const family: string[] = []
  for (const pid of pids) {
    parents.set(pid, (await read(pid, 'stat')).replace(/^.*\) . /s, '').split(' ')[0])
    if ((await read(pid, 'cmdline')).includes(`${folder}\0`)) family.push(pid)
  }
  for (const pid of family) {
    family.push(...pids.filter(child => parents.get(child) === pid && !family.includes(child)))
  }
  return family
}
