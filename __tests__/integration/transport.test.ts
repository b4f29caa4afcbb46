import { afterAll, beforeAll, expect, test } from '@jest/globals'
import { execFileSync } from 'node:child_process'
import { chmod, mkdir, mkdtemp, readFile, rm, symlink, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { Writable } from 'node:stream'
import type { DeployError } from '../../src/errors'
import { connect } from '../../src/transport/connect'
import type { Session } from '../../src/transport/port'
import { joinRemote } from '../../src/transport/remote-path'
import { fleet } from '../support/fleet'
import { addressOf, loginOf } from '../support/login'
import type { TestServer } from '../support/test-server'
import { describeMember } from '../support/when-available'

/** One contract, whatever the protocol and the server. */
for (const member of fleet) {
  describeMember(member, () => {
    let server: TestServer
    let local: string
    let transport: Session

    beforeAll(async () => {
      server = await member.start()
      local = await mkdtemp(join(tmpdir(), 'contract-'))
      transport = await connect(addressOf(server), loginOf(server), () => undefined)
    })
    afterAll(async () => {
      await transport[Symbol.asyncDispose]()
      await server.stop()
      await rm(local, { recursive: true, force: true })
    })

    const at = (path: string): string => joinRemote(transport.root, path)
    const there = (path: string): Promise<Buffer> => readFile(join(server.root, path))

    test('writes bytes, and reads them back', async () => {
      await transport.write(at('bytes.json'), { bytes: Buffer.from('{"a":1}\r\n') })
      expect((await there('bytes.json')).toString()).toBe('{"a":1}\r\n')
      expect((await read(transport, at('bytes.json'))).toString()).toBe('{"a":1}\r\n')
    })

    test('writes a file of some megabytes unharmed, and says how far it is', async () => {
      const content = Buffer.alloc(3_000_001, 'line\r\nline\n\0\xff', 'latin1')
      await writeFile(join(local, 'large.bin'), content)
      let heard = 0
      await transport.write(at('large.bin'), { localPath: join(local, 'large.bin'), size: content.length }, bytes => {
        heard += bytes
      })
      expect((await there('large.bin')).equals(content)).toBe(true)
      expect(heard).toBe(content.length)
      expect((await read(transport, at('large.bin'))).equals(content)).toBe(true)
    })

    test('writes an empty file, from the disk and from memory', async () => {
      await writeFile(join(local, 'empty'), '')
      await transport.write(at('empty-1'), { localPath: join(local, 'empty'), size: 0 })
      await transport.write(at('empty-2'), { bytes: Buffer.alloc(0) })
      expect(await there('empty-1')).toHaveLength(0)
      expect(await there('empty-2')).toHaveLength(0)
    })

    test('writes over a longer file and leaves nothing of it', async () => {
      await transport.write(at('over'), { bytes: Buffer.alloc(100_000, 'x') })
      await transport.write(at('over'), { bytes: Buffer.from('short') })
      expect((await there('over')).toString()).toBe('short')
    })

    test.each(['a b & (c).txt', 'Größe – 日本.txt', "it's 100% #1 +;=@!.txt", '-rf', 'License.txt [x]'])(
      'takes the name %p, in files and folders',
      async name => {
        await transport.makeFolder(at(`in ${name}`))
        await transport.write(at(`in ${name}/${name}`), { bytes: Buffer.from(name) })
        expect((await there(join(`in ${name}`, name))).toString()).toBe(name)
        expect((await transport.list(at(`in ${name}`))).map(entry => entry.name)).toEqual([name])
        await transport.remove(at(`in ${name}/${name}`))
        expect(await transport.list(at(`in ${name}`))).toEqual([])
        await transport.removeFolder(at(`in ${name}`))
        expect((await transport.list(at(''))).map(entry => entry.name)).not.toContain(`in ${name}`)
      }
    )

    test('lists files with their sizes, folders, and an empty folder', async () => {
      await transport.makeFolder(at('listing'))
      expect(await transport.list(at('listing'))).toEqual([])
      await transport.makeFolder(at('listing/folder.pbd'))
      await transport.write(at('listing/1.05.txt'), { bytes: Buffer.alloc(12_345) })
      await transport.write(at('listing/nothing'), { bytes: Buffer.alloc(0) })
      const entries = (await transport.list(at('listing'))).sort((x, y) => (x.name < y.name ? -1 : 1))
      expect(entries).toMatchObject([
        { name: '1.05.txt', kind: 'file', size: 12_345, isLink: false },
        { name: 'folder.pbd', kind: 'folder', isLink: false },
        { name: 'nothing', kind: 'file', size: 0, isLink: false }
      ])
    })

    test('makes a folder once, and says when it is there already', async () => {
      expect(await transport.makeFolder(at('made'))).toBe(true)
      expect(await transport.makeFolder(at('made'))).toBe(false)
    })

    test('does not take a file for a folder', async () => {
      await transport.write(at('a-file'), { bytes: Buffer.from('x') })
      await expect(transport.makeFolder(at('a-file'))).rejects.toMatchObject({ name: 'DeployError' })
    })

    test('deletes a file, and one that is gone already', async () => {
      await transport.write(at('gone'), { bytes: Buffer.from('x') })
      await transport.remove(at('gone'))
      await transport.remove(at('gone'))
      expect((await transport.list(at(''))).map(entry => entry.name)).not.toContain('gone')
    })

    test('renames a file to a free name', async () => {
      await transport.write(at('from'), { bytes: Buffer.from('moved') })
      await transport.rename(at('from'), at('to'))
      expect((await there('to')).toString()).toBe('moved')
      expect((await transport.list(at(''))).map(entry => entry.name)).not.toContain('from')
    })

    test(`${member.renameReplaces ? 'replaces' : 'refuses to replace'} a file by renaming onto it`, async () => {
      await transport.write(at('new'), { bytes: Buffer.from('new') })
      await transport.write(at('old'), { bytes: Buffer.from('old') })
      const renaming = transport.rename(at('new'), at('old'))
      if (member.renameReplaces) await renaming
      else await expect(renaming).rejects.toMatchObject({ name: 'DeployError' })
      expect((await there('old')).toString()).toBe(member.renameReplaces ? 'new' : 'old')
    })

    test('takes many operations at once, and each gets its own answer', async () => {
      await transport.makeFolder(at('many'))
      const names = Array.from({ length: 120 }, (_, n) => `${n}.win.zip`)
      await Promise.all(names.map(name => transport.write(at(`many/${name}`), { bytes: Buffer.from(name.repeat(9)) })))
      const contents = await Promise.all(names.map(name => read(transport, at(`many/${name}`))))
      expect(contents.map(String)).toEqual(names.map(name => name.repeat(9)))
      expect(await transport.list(at('many'))).toHaveLength(120)
    })

    test('goes on after an operation that the server refused', async () => {
      const failure = transport.write(at('no/such/folder/file'), { bytes: Buffer.from('x') })
      await expect(failure).rejects.toMatchObject({ name: 'DeployError', advice: expect.stringMatching(/./) })
      await transport.write(at('after'), { bytes: Buffer.from('fine') })
      expect((await there('after')).toString()).toBe('fine')
    })

    test('says that a file of the build has gone, and goes on', async () => {
      const failure = transport.write(at('x'), { localPath: join(local, 'missing'), size: 1 })
      await expect(failure).rejects.toMatchObject({ reasonCode: 'build-changed' })
      await transport.write(at('after-2'), { bytes: Buffer.from('fine') })
      expect((await there('after-2')).toString()).toBe('fine')
    })

    test('fails to read what is not there', async () => {
      await expect(read(transport, at('not-there'))).rejects.toMatchObject({ name: 'DeployError' })
    })

    test('refuses a wrong password, and says who was refused', async () => {
      const login = { ...loginOf(server), password: 'wrong' }
      const failure = connect(addressOf(server), login, () => undefined)
      await expect(failure).rejects.toMatchObject({
        reasonCode: 'authentication-failed',
        message: expect.stringContaining(`"${server.username}"`)
      })
    })

    test('says that the root is not there', async () => {
      const address = { ...addressOf(server), root: joinRemote(transport.root, 'no such root') }
      await expect(connect(address, loginOf(server), () => undefined)).rejects.toMatchObject({
        reasonCode: 'root-not-found',
        message: expect.stringContaining('no such root')
      })
    })

    test('starts in the folder of the login when the site names none', async () => {
      const address = { ...addressOf(server), root: undefined }
      await using other = await connect(address, loginOf(server), () => undefined)
      expect(await other.list(other.root)).toEqual(expect.any(Array))
    })

    test('refuses all that is asked after it was closed', async () => {
      const other = await connect(addressOf(server), loginOf(server), () => undefined)
      await other[Symbol.asyncDispose]()
      await expect(other.list(other.root)).rejects.toMatchObject({ name: 'DeployError' })
    })

    if (member.real !== undefined) {
      test('follows links in a listing', async () => {
        await mkdir(join(server.root, 'links'))
        await chmod(join(server.root, 'links'), 0o777)
        await writeFile(join(server.root, 'links/target.txt'), '12345')
        await mkdir(join(server.root, 'links/folder'))
        await symlink('target.txt', join(server.root, 'links/to-file'))
        await symlink('folder', join(server.root, 'links/to-folder'))
        await symlink('nowhere', join(server.root, 'links/to-nothing'))
        const entries = await transport.list(at('links'))
        const kinds = Object.fromEntries(entries.map(entry => [entry.name, entry.kind]))
        expect(kinds).toMatchObject({ 'to-file': 'file', 'to-folder': 'folder' })
        expect(entries.find(entry => entry.name === 'to-file')).toMatchObject({ size: 5 })
        expect(kinds['to-nothing'] ?? 'other').toBe('other')
      })

      test('says what may not be written', async () => {
        await mkdir(join(server.root, 'locked'))
        await chmod(join(server.root, 'locked'), 0o555)
        await expect(transport.write(at('locked/x'), { bytes: Buffer.from('x') })).rejects.toMatchObject({
          reasonCode: 'permission-denied',
          message: expect.stringContaining('locked/x')
        })
      })
    }

    if (member.name === 'openssh') {
      test('logs in with a key that has a passphrase, and says when it is the wrong one', async () => {
        const privateKey = await encrypted(server.privateKey ?? '', 'open sesame')
        const login = { ...loginOf(server), password: undefined, privateKey, passphrase: 'open sesame' }
        await using other = await connect(addressOf(server), login, () => undefined)
        expect(other.root).toBe(transport.root)
        const failure = connect(addressOf(server), { ...login, passphrase: 'wrong' }, () => undefined)
        await expect(failure).rejects.toMatchObject({
          reasonCode: 'authentication-failed',
          message: expect.stringContaining('private-key'),
          advice: expect.stringContaining('passphrase')
        })
      })
    }

    if (['openssh', 'embedded-sftp', 'proftpd-sftp'].includes(member.name)) {
      test('refuses another host key, and shows both', async () => {
        const wrong = `SHA256:${'A'.repeat(43)}`
        const login = { ...loginOf(server), hostKeys: [{ fingerprint: wrong, type: undefined }] }
        const error = await connect(addressOf(server), login, () => undefined).catch((thrown: unknown) => thrown)
        expect(error).toMatchObject({ reasonCode: 'host-key-mismatch' })
        expect((error as DeployError).message).toContain(wrong)
        expect((error as DeployError).message).toContain(server.hostKey)
      })

      test('trusts any host key when told so, and prints the one to pin', async () => {
        const heard: string[] = []
        const login = { ...loginOf(server), hostKeys: [], allowAnyHostKey: true }
        await using other = await connect(addressOf(server), login, text => heard.push(text))
        expect(other.root).toBe(transport.root)
        expect(heard.join()).toContain(server.hostKey)
      })

      test('logs in with a key instead of a password', async () => {
        const login = { ...loginOf(server), password: undefined, privateKey: server.privateKey }
        await using other = await connect(addressOf(server), login, () => undefined)
        expect(other.root).toBe(transport.root)
      })
    }

    if (member.name.includes('ftps') || member.name.endsWith('tls') || member.name.endsWith('implicit')) {
      test('refuses a certificate of an authority that it does not know', async () => {
        const failure = connect(addressOf(server), { ...loginOf(server), tlsCa: undefined }, () => undefined)
        await expect(failure).rejects.toMatchObject({ reasonCode: 'certificate-untrusted' })
      })

      test('goes on with it when told so', async () => {
        const login = { ...loginOf(server), tlsCa: undefined, allowAnyCertificate: true }
        await using other = await connect(addressOf(server), login, () => undefined)
        expect(other.root).toBe(transport.root)
      })
    }
  })
}

async function read(transport: Session, file: string): Promise<Buffer> {
  const chunks: Buffer[] = []
  const sink = new Writable({
    write(chunk: Buffer, _encoding, done) {
      chunks.push(chunk)
      done()
    }
  })
  await transport.read(file, () => sink)
  return Buffer.concat(chunks)
}

/** The same key behind a passphrase, as ssh-keygen of the OpenSSH client puts it there. */
async function encrypted(privateKey: string, passphrase: string): Promise<string> {
  const folder = await mkdtemp(join(tmpdir(), 'key-'))
  const file = join(folder, 'key')
  try {
    await writeFile(file, privateKey, { mode: 0o600 })
    execFileSync('ssh-keygen', ['-p', '-q', '-P', '', '-N', passphrase, '-f', file])
    return await readFile(file, 'utf8')
  } finally {
    await rm(folder, { recursive: true })
  }
}
