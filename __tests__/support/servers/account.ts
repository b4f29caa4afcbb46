import { execFile } from 'node:child_process'
import { randomBytes } from 'node:crypto'
import { chmod, mkdir, readFile, writeFile } from 'node:fs/promises'
import { promisify } from 'node:util'

/** The only account that may log in; it exists for the daemons alone. */
export const account = { name: 'deploy', uid: 2121, gid: 2121 } as const

/** A password that fails wherever one is not escaped: in a URL, a shell, a configuration. */
export const newPassword = () => `p@ss: ${randomBytes(6).toString('hex')}/#1`

/** A name of this machine that only the daemons know: only through one of them anybody gets there by it. */
export const internalName = 'web.internal'

/**
 * Writes what takes the place of the machine's passwd, group, shadow, hosts and pam.d.
 * @param etc a new folder
 * @param home where FTP servers lock the account in
 */
export async function writeAccount(etc: string, home: string, password: string) {
  const { name, uid, gid } = account
  await mkdir(`${etc}/pam.d`, { recursive: true })
  const others = (await readFile('/etc/passwd', 'utf8'))
    .split('\n')
    .filter(line => line && !line.startsWith(`${name}:`))
  if (!others.some(line => line.startsWith('sshd:'))) others.push('sshd:x:65533:65534::/run/sshd:/usr/sbin/nologin')
  await writeFile(`${etc}/passwd`, [`${name}:x:${uid}:${gid}::${home}:/bin/sh`, ...others, ''].join('\n'))
  await writeFile(`${etc}/group`, `${name}:x:${gid}:\n${await readFile('/etc/group', 'utf8')}`)
  await writeFile(`${etc}/shadow`, `${name}:${await hash(password)}:::::::\n`, { mode: 0o600 })
  await writeFile(`${etc}/hosts`, `127.0.0.1 localhost ${internalName}\n`)
  await writeFile(`${etc}/pam.d/vsftpd`, 'auth required pam_unix.so nodelay\naccount required pam_unix.so\n')
  // Open whatever the umask of the tests is: daemons look the account up without privileges, too.
  for (const path of [etc, `${etc}/pam.d`]) await chmod(path, 0o755)
  for (const path of [`${etc}/passwd`, `${etc}/group`, `${etc}/hosts`]) await chmod(path, 0o644)
}

async function hash(password: string) {
  const running = promisify(execFile)('openssl', ['passwd', '-6', '-stdin'])
  running.child.stdin?.end(password)
  return (await running).stdout.trim()
}
