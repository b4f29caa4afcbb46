import { existsSync, readdirSync } from 'node:fs'
import { mkdir, mkdtemp, readdir, readFile, rm, stat, writeFile } from 'node:fs/promises'
import { createServer, request } from 'node:https'
import { connect as connectTcp } from 'node:net'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { Readable, Writable } from 'node:stream'
import { setTimeout as sleep } from 'node:timers/promises'
import { connect } from 'node:tls'
import { afterEach, describe, expect, test } from '@jest/globals'
import { Client as FtpClient, FTPError } from 'basic-ftp'
import { Client as SshClient, type SFTPWrapper } from 'ssh2'
import SftpClient from 'ssh2-sftp-client'
import { openPromise } from 'yauzl'
import '../support/core-errors'
import { makeCertificate } from '../support/certificate'
import { startIisFtpServer, type IisFtpServerOptions } from '../support/iis-ftp-server'
import { listenOnLoopback } from '../support/loopback'
import { writeSamplePackage, zipSamplePackage } from '../support/sample-package'
import { startSftpServer, type SftpServerOptions } from '../support/sftp-server'
import type { TestServer } from '../support/test-server'
import { startWebApiSite } from '../support/web-api-site'
import { startWebServer } from '../support/web-server'

/** What to do when a test is over, the last first. */
const cleanUps: (() => unknown)[] = []

afterEach(async () => {
  for (const cleanUp of cleanUps.splice(0).reverse()) await cleanUp()
})

async function started<Service extends { stop(): Promise<void> }>(starting: Promise<Service>): Promise<Service> {
  const service = await starting
  cleanUps.push(() => service.stop())
  return service
}

async function newFolder(): Promise<string> {
  const folder = await mkdtemp(join(tmpdir(), 'embedded-'))
  cleanUps.push(() => rm(folder, { recursive: true, force: true }))
  return folder
}

describe('the SFTP server', () => {
  const silent = { error: () => undefined, end: () => undefined, close: () => undefined }

  async function client(server: TestServer, login: object = { password: server.password }): Promise<SftpClient> {
    const sftp = new SftpClient('test', silent)
    const { host, port, username } = server
    await sftp.connect({ sock: connectTcp({ host, port, noDelay: true }), username, ...login })
    cleanUps.push(() => sftp.end())
    return sftp
  }

  async function serverAndClient(options: SftpServerOptions = {}) {
    const server = await started(startSftpServer(options))
    return { server, sftp: await client(server) }
  }

  test('takes the password or the key, and nothing else', async () => {
    const server = await started(startSftpServer())
    const other = await started(startSftpServer())
    const seen: string[] = []
    const hostVerifier = (hash: Buffer | string) => seen.push(String(hash)) > 0
    await client(server, { privateKey: server.privateKey, hostVerifier, hostHash: 'sha256' })
    await client(server)
    await expect(client(server, { password: 'wrong' })).rejects.toThrow('authentication methods failed')
    await expect(client(server, { privateKey: other.privateKey })).rejects.toThrow('authentication methods failed')
    const hex = Buffer.from(server.hostKey?.replace('SHA256:', '') ?? '', 'base64').toString('hex')
    expect(seen).toEqual([hex])
    const logins = ['ASK publickey', 'LOGIN publickey', 'LOGIN password', 'REFUSED password']
    expect(await server.commands()).toEqual(logins)
  })

  test('replaces a file by posix-rename, not by rename', async () => {
    const { server, sftp } = await serverAndClient()
    await sftp.mkdir('/app/1.05 & (ü)', true)
    await sftp.put(Buffer.from('new'), '/app/new')
    await sftp.put(Buffer.from('old'), '/app/old')
    await expect(sftp.rename('/app/new', '/app/old')).rejects.toMatchObject({ code: 4 })
    await sftp.posixRename('/app/new', '/app/old')
    expect(await readFile(join(server.root, 'app/old'), 'utf8')).toBe('new')
    const listed = await sftp.list('/app')
    expect(listed.map(({ type, name, size }) => [type, name, size])).toEqual(
      expect.arrayContaining([
        ['d', '1.05 & (ü)', expect.any(Number)],
        ['-', 'old', 3]
      ])
    )
    expect((await server.commands()).filter(line => /^(OPEN \S+ w|MKDIR|.*RENAME)/.test(line))).toEqual([
      'MKDIR /app',
      'MKDIR /app/1.05 & (ü)',
      'OPEN /app/new w',
      'OPEN /app/old w',
      'RENAME /app/new /app/old',
      'POSIX-RENAME /app/new /app/old'
    ])
  })

  test('can do without posix-rename', async () => {
    const { sftp } = await serverAndClient({ extensions: false })
    await sftp.put(Buffer.from('x'), '/a')
    await expect(sftp.posixRename('/a', '/b')).rejects.toThrow('does not support this extended request')
  })

  test('carries large files both ways, and what belongs to them', async () => {
    const { server, sftp } = await serverAndClient()
    const folder = await newFolder()
    const content = Buffer.alloc(3_000_000, 'PowerServer ')
    await writeFile(join(folder, 'up'), content)
    await sftp.fastPut(join(folder, 'up'), '/large')
    await sftp.fastGet('/large', join(folder, 'down'))
    expect((await readFile(join(folder, 'down'))).equals(content)).toBe(true)
    expect((await sftp.stat('/large')).size).toBe(content.length)
    await sftp.append(Buffer.from('more'), '/large')
    expect((await stat(join(server.root, 'large'))).size).toBe(content.length + 4)
    await sftp.chmod('/large', 0o600)
    expect((await sftp.stat('/large')).mode & 0o400).toBe(0o400)
    expect(await sftp.realPath('a/../large')).toBe('/large')
    await sftp.delete('/large')
    expect(await sftp.exists('/large')).toBe(false)
  })

  test('refuses as OpenSSH does', async () => {
    const root = await newFolder()
    await mkdir(join(root, 'folder'))
    await writeFile(join(root, 'folder/file'), 'x')
    const { sftp } = await serverAndClient({ root, quota: 100_000 })
    await expect(sftp.get('/none')).rejects.toMatchObject({ code: 2 })
    await expect(sftp.rmdir('/folder')).rejects.toMatchObject({ code: 4 })
    // Not put(): ssh2's write stream closes itself before it tells of a failed WRITE, and put() takes that for success.
    await writeFile(join(root, 'large'), Buffer.alloc(60_000))
    await expect(sftp.fastPut(join(root, 'large'), '/copy')).rejects.toMatchObject({ code: 4 })
    const readOnly = await serverAndClient({ root, readOnly: true })
    await expect(readOnly.sftp.put(Buffer.from('x'), '/b')).rejects.toMatchObject({ code: 3 })
    await expect(readOnly.sftp.delete('/folder/file')).rejects.toMatchObject({ code: 3 })
    expect(await readOnly.sftp.get('/folder/file')).toEqual(Buffer.from('x'))
  })

  test('can look like Windows', async () => {
    const { server, sftp } = await serverAndClient({ windows: true })
    expect(server.rootPath).toBe('/C:/inetpub/wwwroot')
    await sftp.mkdir('/C:/inetpub/wwwroot/App', true)
    await sftp.put(Buffer.from('x'), '/C:/inetpub/wwwroot/App/AppRun.json')
    expect(await sftp.get('/c:/InetPub/wwwroot/app/apprun.JSON')).toEqual(Buffer.from('x'))
    expect(await sftp.get('C:/inetpub/wwwroot/app/apprun.json')).toEqual(Buffer.from('x'))
    expect(await sftp.realPath('/C:/inetpub/wwwroot/app')).toBe('/C:/inetpub/wwwroot/App')
    expect((await sftp.list('/C:')).map(({ name }) => name)).toEqual(['inetpub'])
    expect(await sftp.exists('/C:/Windows')).toBe(false)
    await expect(sftp.put(Buffer.from('x'), '/C:/inetpub/wwwroot/a?b')).rejects.toMatchObject({ code: 4 })
    await sftp.put(Buffer.from('y'), '/C:/inetpub/wwwroot/App/new')
    const [from, to] = ['/C:/inetpub/wwwroot/App/new', '/C:/inetpub/wwwroot/App/apprun.json']
    await expect(sftp.rename(from, to)).rejects.toMatchObject({ code: 4 })
    await sftp.posixRename(from, to)
    expect(await readdir(join(server.root, 'App'))).toEqual(['apprun.json'])
    await expect(sftp.posixRename(to, to)).rejects.toMatchObject({ code: 2 })
    expect(await readdir(join(server.root, 'App'))).toEqual([])
  })

  test('takes thousands of small files with hundreds of requests in flight', async () => {
    const server = await started(startSftpServer())
    const ssh = new SshClient()
    const sftp = await new Promise<SFTPWrapper>((resolve, reject) => {
      ssh.on('error', reject)
      ssh.on('ready', () => {
        ssh.setNoDelay(true)
        ssh.sftp((error, opened) => {
          if (error) reject(error)
          else resolve(opened)
        })
      })
      ssh.connect({ host: server.host, port: server.port, username: server.username, password: server.password })
    })
    const content = Buffer.alloc(2_000, 'object ')
    let next = 0
    const worker = async () => {
      while (next < 2_000) {
        const name = `/object-${next++}`
        await new Promise<void>((resolve, reject) => {
          const done = (then: () => void) => (error: Error | null | undefined) => {
            if (error) reject(error)
            else then()
          }
          sftp.open(name, 'w', (error, handle) => {
            const close = () => {
              sftp.close(handle, done(resolve))
            }
            done(() => {
              sftp.write(handle, content, 0, content.length, 0, done(close))
            })(error)
          })
        })
      }
    }
    const start = Date.now()
    await Promise.all(Array.from({ length: 250 }, worker))
    ssh.end()
    const names = await readdir(server.root)
    expect(names).toHaveLength(2_000)
    expect((await readFile(join(server.root, 'object-1999'))).equals(content)).toBe(true)
    expect(Date.now() - start).toBeLessThan(5_000)
  })

  describe('with faults', () => {
    async function rawClient(server: TestServer): Promise<SFTPWrapper> {
      const { host, port, username, password } = server
      const ssh = new SshClient()
      cleanUps.push(() => ssh.end())
      return await new Promise((resolve, reject) => {
        ssh.on('error', reject)
        ssh.on('ready', () => {
          ssh.sftp((error, opened) => {
            if (error) reject(error)
            else resolve(opened)
          })
        })
        ssh.connect({ sock: connectTcp({ host, port, noDelay: true }), username, password })
      })
    }

    function hardlink(sftp: SFTPWrapper, from: string, to: string) {
      return new Promise<void>((resolve, reject) => {
        sftp.ext_openssh_hardlink(from, to, error => {
          if (error instanceof Error) reject(error)
          else resolve()
        })
      })
    }

    test.each([{}, { windows: true }])('makes hard links (%j)', async options => {
      const server = await started(startSftpServer(options))
      const { root, rootPath } = server
      await writeFile(join(root, 'a'), 'x')
      const sftp = await rawClient(server)
      const [from, to] = [`${rootPath}/a`, `${rootPath}/b`]
      await hardlink(sftp, from, to)
      expect((await stat(join(root, 'b'))).ino).toBe((await stat(join(root, 'a'))).ino)
      await expect(hardlink(sftp, from, to)).rejects.toMatchObject({ code: 4 })
      await expect(hardlink(sftp, `${rootPath}/none`, `${rootPath}/c`)).rejects.toMatchObject({ code: 2 })
      await expect(hardlink(sftp, from, `${rootPath}/none/c`)).rejects.toMatchObject({ code: 2 })
      expect(await server.commands()).toContain(`HARDLINK ${from} ${to}`)
    })

    test.each([{ hardlink: false }, { extensions: false }])('can do without hard links (%j)', async options => {
      const sftp = await rawClient(await started(startSftpServer(options)))
      await expect(hardlink(sftp, '/a', '/b')).rejects.toThrow('does not support this extended request')
    })

    test('turns away a client too many', async () => {
      const server = await started(startSftpServer({ maxConnections: 1 }))
      const first = await client(server)
      const refused = connectTcp(server.port, server.host)
      expect(String(Buffer.concat(await refused.toArray()))).toBe('Not allowed at this time\r\n')
      await expect(client(server)).rejects.toThrow()
      await first.end()
      expect(await (await client(server)).list('/')).toEqual([])
    })

    test('breaks each connection after some requests', async () => {
      const server = await started(startSftpServer({ cutAfterRequests: 3 }))
      for (const round of ['a', 'b']) {
        const sftp = await rawClient(server)
        const made = (name: string) =>
          new Promise<unknown>(resolve => {
            sftp.mkdir(`/${round}${name}`, resolve)
          })
        for (const name of ['1', '2', '3']) expect(await made(name)).toBeFalsy()
        expect(await made('4')).toBeInstanceOf(Error)
      }
      expect(await readdir(server.root)).toEqual(['a1', 'a2', 'a3', 'b1', 'b2', 'b3'])
    })

    test('can break a connection before it answers what it has done', async () => {
      const server = await started(startSftpServer({ cutAfterRequests: 2, loseReply: true }))
      const sftp = await rawClient(server)
      const folders = ['/a', '/b', '/c'].map(
        path =>
          new Promise<unknown>(resolve => {
            sftp.mkdir(path, resolve)
          })
      )
      expect((await Promise.all(folders)).map(Boolean)).toEqual([false, true, true])
      expect(await readdir(server.root)).toEqual(['a', 'b'])
      expect((await server.commands()).slice(1)).toEqual(['MKDIR /a', 'MKDIR /b'])
    })

    test.each([
      ['/app', {}],
      ['/C:/inetpub/wwwroot/App', { windows: true }]
    ])('writes nothing below %s when that is read-only', async (folder, windows) => {
      const root = await newFolder()
      const local = join(root, folder.slice(folder.lastIndexOf('/')))
      await mkdir(join(local, 'sub'), { recursive: true })
      await writeFile(join(local, 'sub/file'), 'x')
      const { server, sftp } = await serverAndClient({ root, readOnlyFolders: [folder], ...windows })
      const path = `${server.rootPath}/app`.replace('//', '/')
      await expect(sftp.put(Buffer.from('y'), `${path}/sub/file`)).rejects.toMatchObject({ code: 3 })
      await expect(sftp.mkdir(`${path}/new`)).rejects.toMatchObject({ code: 3 })
      await expect(sftp.delete(`${path}/sub/file`)).rejects.toMatchObject({ code: 3 })
      await expect(sftp.rename(`${path}/sub/file`, `${path}2`)).rejects.toMatchObject({ code: 3 })
      await sftp.put(Buffer.from('y'), `${path}2`)
      await expect(sftp.posixRename(`${path}2`, `${path}/sub/file`)).rejects.toMatchObject({ code: 3 })
      expect(await sftp.get(`${path}/sub/file`)).toEqual(Buffer.from('x'))
    })

    test('tells of each request before it is carried out', async () => {
      const root = await newFolder()
      const seen: [string, string[]][] = []
      const { sftp } = await serverAndClient({ root, onRequest: line => seen.push([line, readdirSync(root)]) })
      await sftp.put(Buffer.from('x'), '/a')
      await sftp.posixRename('/a', '/b')
      await sftp.delete('/b')
      expect(seen.filter(([line]) => !line.includes('STAT'))).toEqual([
        ['OPEN /a w', []],
        ['CLOSE /a', ['a']],
        ['POSIX-RENAME /a /b', ['a']],
        ['REMOVE /b', ['b']]
      ])
    })

    test.each([{}, { windows: true }])('breaks renames while it is told to (%j)', async windows => {
      const options: SftpServerOptions = { ...windows }
      const { server, sftp } = await serverAndClient(options)
      const [from, to] = ['a', 'b'].map(name => `${server.rootPath}/${name}`.replace('//', '/')) as [string, string]
      await sftp.put(Buffer.from('x'), from)
      await sftp.put(Buffer.from('old'), to)
      options.renameFailsFor = (...paths) => paths[0] === from && paths[1] === to
      await expect(sftp.posixRename(from, to)).rejects.toMatchObject({ code: 4 })
      expect(await sftp.get(to)).toEqual(Buffer.from('old'))
      await sftp.rename(to, `${to}2`)
      await expect(sftp.rename(from, to)).rejects.toMatchObject({ code: 4 })
      options.renameFailsFor = undefined
      await sftp.rename(from, to)
      expect((await readdir(server.root)).sort()).toEqual(['b', 'b2'])
    })
  })

  test('goes away with its connections and its folder', async () => {
    const server = await startSftpServer()
    const sftp = await client(server)
    await sftp.put(Buffer.from('x'), '/a')
    await server.stop()
    expect(existsSync(server.root)).toBe(false)
    await expect(sftp.list('/')).rejects.toThrow()
  })
})

describe('the FTP server', () => {
  async function client(server: TestServer, secure?: boolean): Promise<FtpClient> {
    const ftp = new FtpClient(5_000)
    cleanUps.push(() => {
      ftp.close()
    })
    await ftp.access({
      host: server.host,
      port: server.port,
      user: server.username,
      password: server.password,
      secure: secure ?? (server.protocol === 'ftps-implicit' ? 'implicit' : server.protocol === 'ftps'),
      ...(server.ca && { secureOptions: { ca: server.ca } })
    })
    return ftp
  }

  async function serverAndClient(options: IisFtpServerOptions = {}) {
    const server = await started(startIisFtpServer(options))
    return { server, ftp: await client(server) }
  }

  function put(ftp: FtpClient, content: string | Buffer, path: string) {
    return ftp.uploadFrom(Readable.from([Buffer.from(content)]), path)
  }

  async function get(ftp: FtpClient, path: string): Promise<Buffer> {
    const chunks: Buffer[] = []
    const sink = new Writable({
      write(chunk: Buffer, _encoding, done) {
        chunks.push(chunk)
        done()
      }
    })
    await ftp.downloadTo(sink, path)
    return Buffer.concat(chunks)
  }

  describe.each([
    ['plain', {}],
    ['with explicit TLS', { tls: true }],
    ['with implicit TLS', { implicit: true }]
  ])('%s', (_name, options: IisFtpServerOptions) => {
    test('carries files both ways and lists them', async () => {
      const { server, ftp } = await serverAndClient(options)
      const content = Buffer.alloc(2_000_000, 'PowerServer ')
      await ftp.ensureDir('/app/1.05 & (日本語)')
      await put(ftp, content, 'large.zip')
      await put(ftp, '', 'empty')
      expect((await get(ftp, 'LARGE.zip')).equals(content)).toBe(true)
      expect((await get(ftp, 'empty')).length).toBe(0)
      expect((await readFile(join(server.root, 'app/1.05 & (日本語)/large.zip'))).equals(content)).toBe(true)
      expect(await ftp.size('large.zip')).toBe(content.length)
      expect(Math.abs((await ftp.lastMod('large.zip')).getTime() - Date.now())).toBeLessThan(10_000)
      const listed = await ftp.list('/app')
      expect(listed.map(({ name, isDirectory }) => [name, isDirectory])).toEqual([['1.05 & (日本語)', true]])
      expect((await ftp.list()).map(({ name, size }) => [name, size])).toEqual([
        ['empty', 0],
        ['large.zip', 2_000_000]
      ])
      await ftp.removeDir('/app')
      expect(await ftp.list('/')).toEqual([])
    })
  })

  test('speaks as IIS does', async () => {
    const { server, ftp } = await serverAndClient()
    await ftp.send('SYST')
    await ftp.send('MKD a')
    await put(ftp, 'one', 'a/One.txt')
    await put(ftp, 'two', 'a/two')
    await expect(ftp.rename('a/two', 'a/one.TXT')).rejects.toThrow(
      '550 Cannot create a file when that file already exists.'
    )
    await expect(ftp.send('MKD A')).rejects.toThrow('550 Cannot create a file when that file already exists.')
    await expect(put(ftp, 'x', 'a/b?')).rejects.toThrow('550 The filename, directory name, or volume label syntax')
    await expect(put(ftp, 'x', 'none/b')).rejects.toThrow('550 The system cannot find the path specified.')
    await expect(ftp.size('none')).rejects.toThrow('550 The system cannot find the file specified.')
    await expect(ftp.send('RMD a')).rejects.toThrow('550 The directory is not empty.')
    await expect(ftp.send('DELE a')).rejects.toThrow('550 Access is denied.')
    await expect(ftp.send('MLST a')).rejects.toThrow('500 Command not understood.')
    await ftp.rename('a/two', 'a/three')
    await ftp.send('REST 2')
    await put(ftp, 'XYZ', 'a/three')
    expect(await readFile(join(server.root, 'a/three'), 'utf8')).toBe('twXYZ')
    expect(await ftp.pwd()).toBe('/')
    const listed = await ftp.list('-a a')
    expect(listed.map(({ name }) => name)).toEqual(['One.txt', 'three'])
    expect(listed[0]?.rawModifiedAt).toMatch(/^\d\d-\d\d-\d\d {1,2}\d\d:\d\d[AP]M$/)
    const commands = await server.commands()
    expect(commands[0]).toBe('220 Microsoft FTP Service')
    expect(commands.slice(commands.indexOf('USER deploy')).slice(0, 4)).toEqual([
      'USER deploy',
      '331 Password required',
      'PASS ***',
      '230 User logged in.'
    ])
    expect(commands).toEqual(
      expect.arrayContaining([
        'FEAT',
        ' REST STREAM',
        '211 END',
        '215 Windows_NT',
        'RNTO a/three',
        '250 RNTO command successful.'
      ])
    )
  })

  test('knows its password, and wants TLS when it has it', async () => {
    const server = await started(startIisFtpServer({ tls: true }))
    await expect(client({ ...server, password: 'wrong' })).rejects.toThrow('530 User cannot log in.')
    await expect(client(server, false)).rejects.toThrow('534 Policy requires SSL.')
    const { ca, ...withoutCa } = server
    expect(ca).toContain('BEGIN CERTIFICATE')
    await expect(client(withoutCa)).rejects.toThrow('unable to verify the first certificate')
  })

  test('keeps files of a running app locked until the app is off line', async () => {
    const root = await newFolder()
    await mkdir(join(root, 'api/de'), { recursive: true })
    await writeFile(join(root, 'api/App.DLL'), 'x')
    await writeFile(join(root, 'api/de/App.dll'), 'x')
    const { ftp } = await serverAndClient({ root, locked: ['*.dll'], unlockAfterMs: 200 })
    const inUse = '550 The process cannot access the file because it is being used by another process.'
    await expect(put(ftp, 'y', 'api/App.dll')).rejects.toThrow(inUse)
    await expect(ftp.remove('api/de/app.dll')).rejects.toThrow(inUse)
    await expect(ftp.rename('api/app.dll', 'api/other')).rejects.toThrow(inUse)
    await expect(ftp.rename('api', 'api2')).rejects.toThrow('550 Access is denied.')
    await put(ftp, 'n', 'api/New.dll')
    await put(ftp, 'soon back', 'api/app_offline.htm')
    await expect(put(ftp, 'y', 'api/app.dll')).rejects.toThrow(inUse)
    await sleep(250)
    await put(ftp, 'y', 'api/app.dll')
    await put(ftp, 'y', 'api/de/app.dll')
    await ftp.remove('api/app_offline.htm')
    await expect(put(ftp, 'z', 'api/app.dll')).rejects.toThrow(inUse)
    expect(await readFile(join(root, 'api/App.DLL'), 'utf8')).toBe('y')
  })

  test.each([
    ['plain', {}],
    ['TLS', { tls: true }]
  ])('cuts every second upload (%s)', async (_name, tls) => {
    const { server, ftp } = await serverAndClient({ ...tls, cutAfter: 32_768, every: 2 })
    const content = Buffer.alloc(500_000, 'x')
    await put(ftp, content, 'first')
    await expect(put(ftp, content, 'second')).rejects.toThrow()
    expect((await stat(join(server.root, 'second'))).size).toBe(32_768)
    expect(await server.commands()).toContain('426 Connection closed; transfer aborted.')
    expect(ftp.closed).toBe(true)
    await put(await client(server), content, 'second')
    expect((await stat(join(server.root, 'second'))).size).toBe(content.length)
  })

  test('keeps the first half of an upload, and says that it is complete', async () => {
    const { server, ftp } = await serverAndClient({ arrivesShort: path => path === '/folder/short' })
    await ftp.send('MKD folder')
    await put(ftp, Buffer.alloc(100_000), 'folder/short')
    await put(ftp, Buffer.alloc(100_000), 'folder/other')
    const sizes = ['short', 'other'].map(async name => (await stat(join(server.root, 'folder', name))).size)
    expect(await Promise.all(sizes)).toEqual([50_000, 100_000])
    expect((await server.commands()).filter(line => line.startsWith('226 '))).toHaveLength(2)
  })

  test('stalls an upload and says nothing', async () => {
    const { server, ftp } = await serverAndClient({ stallAfter: 10_000 })
    await put(ftp, Buffer.alloc(10_000), 'short')
    const upload = put(ftp, Buffer.alloc(5_000_000), 'long').catch((error: unknown) => error)
    await sleep(300)
    expect((await stat(join(server.root, 'long'))).size).toBe(10_000)
    expect((await server.commands()).at(-1)).toMatch(/^1[25][05] /)
    ftp.close()
    expect(await upload).toBeInstanceOf(Error)
    await put(await client(server), 'x', 'other')
  })

  test('fills up, and can be read-only', async () => {
    const root = await newFolder()
    await writeFile(join(root, 'there'), Buffer.alloc(60_000))
    const { ftp } = await serverAndClient({ root, quota: 100_000 })
    await put(ftp, Buffer.alloc(30_000), 'small')
    const full = await put(ftp, Buffer.alloc(30_000), 'large').catch((error: unknown) => error)
    expect(full).toEqual(new FTPError({ code: 550, message: '550 There is not enough space on the disk. ' }))
    await put(ftp, Buffer.alloc(40_000), 'there')
    const readOnly = await serverAndClient({ root, readOnly: true })
    await expect(put(readOnly.ftp, 'x', 'new')).rejects.toThrow('550 Access is denied.')
    expect((await get(readOnly.ftp, 'small')).length).toBe(30_000)
  })

  test.each([
    ['refused', '500 Command not understood.'],
    ['other-network', '522 Network protocol not supported, use (2).']
  ] as const)('can do without EPSV (%s)', async (epsv, reply) => {
    const { server, ftp } = await serverAndClient({ epsv })
    await expect(ftp.send('EPSV')).rejects.toThrow(reply)
    await put(ftp, 'x', 'file')
    expect(await server.commands()).toContain('PASV')
  })

  test('can name a passive address where nobody is, though its port is right', async () => {
    const { server, ftp } = await serverAndClient({ passiveHost: '10.11.12.13' })
    const { message } = await ftp.send('PASV')
    const [, high, low] = /\(10,11,12,13,(\d+),(\d+)\)/.exec(message) ?? []
    const data = connectTcp(Number(high) * 256 + Number(low), server.host)
    const listed = data.toArray()
    await mkdir(join(server.root, 'folder'))
    await ftp.send('NLST')
    expect(String(Buffer.concat(await listed))).toBe('folder\r\n')
  })

  test.each([{}, { implicit: true }])('turns away a client too many instead of greeting it (%j)', async options => {
    const server = await started(startIisFtpServer({ ...options, maxConnections: 2 }))
    const [first] = [await client(server), await client(server)]
    await expect(client(server)).rejects.toThrow('421 Too many connections.')
    first.close()
    await sleep(50)
    expect(await (await client(server)).pwd()).toBe('/')
  })

  test('turns away a client too many after its password', async () => {
    const server = await started(startIisFtpServer({ maxConnections: 1, tooMany: '530' }))
    const first = await client(server)
    await first.send('USER deploy')
    await first.send(`PASS ${server.password}`)
    await expect(client(server)).rejects.toThrow('530 User cannot log in, too many connections.')
    await expect(client({ ...server, password: 'wrong' })).rejects.toThrow('530 User cannot log in.')
    first.close()
    await sleep(50)
    expect(await (await client(server)).pwd()).toBe('/')
  })

  test.each([{}, { tls: true }])('closes a silent control connection, but no transfer (%j)', async options => {
    const { server, ftp } = await serverAndClient({ ...options, idleMs: 300 })
    const slowly = async function* () {
      for (const chunk of ['a', 'b', 'c', 'd', 'e']) {
        await sleep(100)
        yield chunk
      }
    }
    await ftp.uploadFrom(Readable.from(slowly()), 'file')
    expect(await readFile(join(server.root, 'file'), 'utf8')).toBe('abcde')
    await sleep(150)
    await ftp.send('NOOP')
    await sleep(150)
    await ftp.send('NOOP')
    await sleep(400)
    await expect(ftp.send('NOOP')).rejects.toThrow()
    expect((await server.commands()).at(-1)).toBe('421 Connection timed out.')
  })

  describe('on a control connection that does not last', () => {
    /** Sends a command after the other as soon as the one before is answered, and returns all that comes back. */
    async function talk(server: TestServer, commands: readonly string[]): Promise<string[]> {
      const socket = connectTcp(server.port, server.host)
      const replies: string[] = []
      for await (const chunk of socket) {
        replies.push(String(chunk).trim())
        const next = commands[replies.length - 1]
        if (next !== undefined) socket.write(`${next}\r\n`)
      }
      return replies
    }

    test.each([false, true])('carries the last command out (and says so not: %s)', async loseReply => {
      const server = await started(startIisFtpServer({ cutControlAfter: 4, loseReply }))
      const login = ['USER deploy', `PASS ${server.password}`]
      for (const round of ['a', 'b']) {
        const replies = await talk(server, [...login, `MKD ${round}1`, `MKD ${round}2\r\nMKD ${round}3`, 'NOOP'])
        expect(replies.map(reply => reply.slice(0, 3))).toEqual(
          ['220', '331', '230', '257', '257'].slice(0, loseReply ? 4 : 5)
        )
      }
      expect(await readdir(server.root)).toEqual(['a1', 'a2', 'b1', 'b2'])
      expect(await server.commands()).not.toContain('NOOP')
    })

    test.each([1, 4])('is TLS after the first of %d commands', async cutControlAfter => {
      const server = await started(startIisFtpServer({ tls: true, cutControlAfter }))
      await expect(client(server)).rejects.toThrow()
      const commands = (await server.commands()).filter(line => /^[A-Z]/.test(line))
      expect(commands).toEqual(['AUTH TLS', 'OPTS UTF8 ON', 'USER deploy', 'PASS ***'].slice(0, cutControlAfter))
    })
  })

  test('refuses every third data connection', async () => {
    const { server, ftp } = await serverAndClient({ refuseDataEvery: 3 })
    await put(ftp, 'x', 'a')
    await ftp.list()
    await expect(put(ftp, 'y', 'a')).rejects.toThrow("425 Can't open data connection.")
    expect(await readFile(join(server.root, 'a'), 'utf8')).toBe('x')
    await put(ftp, 'y', 'a')
    await put(ftp, 'z', 'a')
    await expect(get(ftp, 'a')).rejects.toThrow('425')
    expect(String(await get(ftp, 'a'))).toBe('z')
  })

  test.each([
    ['en', 'The process cannot access the file because it is being used by another process.'],
    ['de', 'Der Prozess kann nicht auf die Datei zugreifen, da sie von einem anderen Prozess verwendet wird.'],
    ['fr', 'Le processus ne peut pas accéder au fichier car ce fichier est utilisé par un autre processus.'],
    ['ja', 'プロセスはファイルにアクセスできません。別のプロセスが使用中です。'],
    ['zh', '另一个程序正在使用此文件，进程无法访问。']
  ] as const)('tells of a file in use in the language of Windows (%s)', async (language, text) => {
    const { server, ftp } = await serverAndClient({ locked: ['*.dll'], language })
    await writeFile(join(server.root, 'a.dll'), 'x')
    const refusal = await ftp.remove('a.dll').catch((error: unknown) => error)
    expect(refusal).toEqual(new FTPError({ code: 550, message: `550 ${text} ` }))
    await expect(ftp.size('none')).rejects.toThrow('550 The system cannot find the file specified. ')
  })

  test('writes nothing below a read-only folder', async () => {
    const root = await newFolder()
    await mkdir(join(root, 'App/sub'), { recursive: true })
    await writeFile(join(root, 'App/sub/file'), 'x')
    const { ftp } = await serverAndClient({ root, readOnlyFolders: ['/app'] })
    await ftp.cd('App')
    await expect(put(ftp, 'y', 'sub/file')).rejects.toThrow('550 Access is denied.')
    await expect(ftp.send('MKD new')).rejects.toThrow('550 Access is denied.')
    await expect(ftp.remove('/APP/sub/file')).rejects.toThrow('550 Access is denied.')
    await expect(ftp.send('RMD sub')).rejects.toThrow('550 Access is denied.')
    await expect(ftp.rename('sub/file', '/file')).rejects.toThrow('550 Access is denied.')
    await put(ftp, 'y', '/App2')
    await expect(ftp.rename('/App2', 'sub/new')).rejects.toThrow('550 Access is denied.')
    await expect(ftp.send('MKD /app')).rejects.toThrow('550 Cannot create a file when that file already exists.')
    expect(String(await get(ftp, 'sub/file'))).toBe('x')
  })

  test('tells of each command before it is carried out', async () => {
    const root = await newFolder()
    const seen: [string, string[]][] = []
    const { server, ftp } = await serverAndClient({ root, onCommand: line => seen.push([line, readdirSync(root)]) })
    const login = seen.map(([line]) => line)
    expect(login).toEqual(expect.arrayContaining(['USER deploy', 'PASS ***']))
    await put(ftp, 'x', 'a')
    await ftp.rename('a', 'b')
    expect(seen.slice(login.length)).toEqual([
      ['EPSV', []],
      ['STOR a', []],
      ['RNFR a', ['a']],
      ['RNTO b', ['a']]
    ])
    expect(await server.commands()).toEqual(expect.arrayContaining(seen.map(([line]) => line)))
  })

  test('breaks renames while it is told to', async () => {
    const options: IisFtpServerOptions = {}
    const { ftp } = await serverAndClient(options)
    await ftp.send('MKD app')
    await ftp.cd('app')
    await put(ftp, 'x', 'a')
    options.renameFailsFor = (from, to) => from === '/app/a' && to === '/app/b'
    await expect(ftp.rename('a', 'b')).rejects.toThrow('550 Access is denied.')
    await ftp.rename('a', 'c')
    await ftp.rename('c', 'a')
    options.renameFailsFor = undefined
    await ftp.rename('a', 'b')
    expect((await ftp.list()).map(({ name }) => name)).toEqual(['b'])
  })
})

describe('the web server', () => {
  test('serves the files that IIS serves', async () => {
    const root = await newFolder()
    await mkdir(join(root, 'app/App_Data'), { recursive: true })
    await writeFile(join(root, 'app/index.html'), '<title>app</title>')
    await writeFile(join(root, 'app/a & b (ü).zip'), 'zip')
    await writeFile(join(root, 'app/apprun.json.hot-deploy-tmp'), '{}')
    await writeFile(join(root, 'app/App_Data/journal.json'), '{}')
    const { url, requests } = await started(startWebServer(root, { headers: { 'Cache-Control': 'max-age=60' } }))

    const page = await fetch(`${url}/app`)
    expect([page.status, page.redirected, await page.text()]).toEqual([200, true, '<title>app</title>'])
    const zip = await fetch(`${url}/app/${encodeURIComponent('a & b (ü).zip')}?v=1`)
    expect(await zip.text()).toBe('zip')
    expect(zip.headers.get('Cache-Control')).toBe('max-age=60')
    expect(zip.headers.get('Last-Modified')).toMatch(/GMT$/)
    const again = await fetch(zip.url, { headers: { 'If-None-Match': zip.headers.get('ETag') ?? '' } })
    expect(again.status).toBe(304)
    for (const path of ['none.json', 'apprun.json.hot-deploy-tmp', 'App_Data/journal.json']) {
      expect((await fetch(`${url}/app/${path}`)).status).toBe(404)
    }
    expect((await fetch(`${url}/`)).status).toBe(403)
    expect(requests[0]).toBe('GET /app')
  })

  test('serves by TLS', async () => {
    const root = await newFolder()
    await writeFile(join(root, 'a.txt'), 'secret')
    const { ca, ...tls } = makeCertificate()
    const { url } = await started(startWebServer(root, { tls }))
    const body = await new Promise((resolve, reject) => {
      request(`${url}/a.txt`, { ca, agent: false }, response => {
        response.setEncoding('utf8').once('data', resolve)
      })
        .on('error', reject)
        .end()
    })
    expect(body).toBe('secret')
  })
})

describe('the Web API site', () => {
  async function answer(url: string, path: string): Promise<[number, string]> {
    const response = await fetch(`${url}/salesdemo_API/${path}`)
    return [response.status, await response.text()]
  }

  test('is what its folder makes it', async () => {
    const folder = await newFolder()
    const { url, requests } = await started(startWebApiSite(folder))
    expect(await answer(url, 'health-readiness')).toEqual([404, expect.stringContaining('404.0')])
    await writeFile(join(folder, 'web.config'), '')
    expect(await answer(url, 'health-readiness')).toEqual([500, expect.stringContaining('500.31')])
    await writeFile(join(folder, 'ServerAPIs.dll'), 'x')
    await writeFile(join(folder, 'build.txt'), 'second')
    expect(await answer(url, 'health-readiness')).toEqual([200, 'Healthy'])
    expect(await answer(url, 'api/version-of-build')).toEqual([200, 'second'])
    expect((await answer(url, ''))[0]).toBe(200)
    await writeFile(join(folder, 'app_offline.htm'), 'soon back')
    expect(await answer(url, 'health-readiness')).toEqual([503, 'soon back'])
    expect(requests.at(-1)).toBe('GET /salesdemo_API/health-readiness')
  })

  test('can be slow to start, late to be ready, and ill', async () => {
    const folder = await newFolder()
    await writeFile(join(folder, 'ServerAPIs.exe'), 'x')
    const site = await started(startWebApiSite(folder, { coldStartMs: 200, readyAfterRequests: 1 }))
    const start = Date.now()
    expect(await answer(site.url, 'health-readiness')).toEqual([503, 'Unhealthy'])
    expect(Date.now() - start).toBeGreaterThanOrEqual(190)
    expect(await answer(site.url, 'health-readiness')).toEqual([200, 'Healthy'])
    site.setHealth('degraded')
    expect(await answer(site.url, 'health-readiness')).toEqual([200, 'Degraded'])
    site.setHealth('unhealthy')
    expect(await answer(site.url, 'health-readiness')).toEqual([503, 'Unhealthy'])
    expect(await answer(site.url, 'health-liveness')).toEqual([200, 'Healthy'])
    site.setHealth('absent')
    expect((await answer(site.url, 'health-readiness'))[0]).toBe(404)
  })
})

describe('the sample package', () => {
  async function contents(root: string): Promise<Map<string, string>> {
    const entries = await readdir(root, { recursive: true, withFileTypes: true })
    const paths = entries.filter(entry => entry.isFile()).map(entry => join(entry.parentPath, entry.name))
    const pairs = paths.sort().map(async path => [path.slice(root.length + 1), await readFile(path, 'latin1')] as const)
    return new Map(await Promise.all(pairs))
  }

  test('is the same for the same build, and differs a little for the next', async () => {
    const folder = await newFolder()
    const first = await writeSamplePackage(join(folder, 'first'))
    const same = await writeSamplePackage(join(folder, 'same'))
    const next = await writeSamplePackage(join(folder, 'next'), { build: 'next' })
    const [a, b, c] = [await contents(first.root), await contents(same.root), await contents(next.root)]
    expect(b).toEqual(a)
    const changed = [...c].filter(([name, content]) => a.get(name) !== content).map(([name]) => name)
    expect(changed.length).toBeGreaterThan(5)
    expect(changed.length).toBeLessThan(25)
    expect(changed).toContain(join('salesdemo_API', 'ServerAPIs.dll'))
    expect(first.files).toBe(a.size)
    expect(first.bytes).toBe([...a.values()].reduce((sum, content) => sum + content.length, 0))
    expect(first.bytes).toBeLessThan(1_500_000)
    const page = await readFile(join(first.cloudApp, 'index.html'))
    expect(page.subarray(0, 3)).toEqual(Buffer.from([0xef, 0xbb, 0xbf]))
    expect([...a.values()]).toContain('')
  })

  test('can be another version, without some of its parts', async () => {
    const sample = await writeSamplePackage(await newFolder(), {
      version: '1.06',
      minimum: '1.05',
      appName: 'orders',
      objects: 100,
      dlls: 20,
      webApiUrl: 'https://b.example.com/',
      without: ['web-api', 'publisher']
    })
    expect((await readdir(sample.root)).sort()).toEqual(['orders_cloud', 'web.config'])
    expect(await readFile(join(sample.cloudApp, 'apprun.json'), 'utf8')).toContain(
      '"web_api": "https://b.example.com/"'
    )
    const versions = await readFile(join(sample.cloudApp, 'deploylist.ini.zip'), 'utf8')
    expect(versions).toContain('MinimumValidVersion=1.05\n[1.06]\n')
    expect(await readdir(join(sample.cloudApp, '1.06'))).toContain('orders.pbd')
    const bare = await writeSamplePackage(await newFolder(), { without: ['apprun', 'version-list', 'version-folder'] })
    const names = await readdir(bare.cloudApp)
    expect(names).toContain('index.html')
    expect(names).not.toContain('1.05')
    expect(names).not.toContain('apprun.json')
  })

  test('can be zipped', async () => {
    const folder = await newFolder()
    const { root, files } = await writeSamplePackage(join(folder, 'package'))
    await zipSamplePackage(root, join(folder, 'package.zip'))
    const zip = await openPromise(join(folder, 'package.zip'))
    const unpacked = new Map<string, string>()
    for await (const entry of zip.eachEntry()) {
      const chunks = await (await zip.openReadStreamPromise(entry)).toArray()
      unpacked.set(join(entry.fileName), Buffer.concat(chunks as Buffer[]).toString('latin1'))
    }
    expect(unpacked.size).toBe(files)
    expect(new Map([...unpacked].sort())).toEqual(new Map([...(await contents(root))].sort()))
  })
})

describe('the certificate', () => {
  test.each(['localhost', '127.0.0.1'])('is good for %s', async host => {
    const { ca, ...keys } = makeCertificate()
    const server = await started(listenOnLoopback(createServer(keys)))
    const socket = connect({
      port: server.port,
      host: '127.0.0.1',
      servername: 'localhost',
      ca,
      ...(host !== 'localhost' && { servername: '', host })
    })
    await new Promise((resolve, reject) => socket.on('secureConnect', resolve).on('error', reject))
    expect(socket.authorized).toBe(true)
    const { subjectaltname, valid_to: end } = socket.getPeerCertificate()
    expect(subjectaltname).toBe('DNS:localhost, IP Address:127.0.0.1')
    expect(new Date(end).getTime()).toBeGreaterThan(Date.now() + 300 * 86_400_000)
    socket.destroy()
  })

  test('is made once, and not trusted without its authority', async () => {
    expect(makeCertificate()).toBe(makeCertificate())
    const { cert, key } = makeCertificate()
    const { port } = await started(listenOnLoopback(createServer({ cert, key })))
    const error = await new Promise(resolve => connect({ port, host: '127.0.0.1' }).on('error', resolve))
    expect(String(error)).toContain('unable to verify the first certificate')
  })
})
