import { describe, expect, test } from '@jest/globals'
import { readdir, readFile } from 'node:fs/promises'
import { join } from 'node:path'
import { cancelLikeRunner, runAsStep, type Kill, type Run } from '../../scripts/as-runner.mjs'
import { loginInputs, seed, startHosting } from '../support/hosting'
import { startIisFtpServer } from '../support/iis-ftp-server'
import { startSftpServer } from '../support/sftp-server'
import type { TestServer } from '../support/test-server'

/** Secrets in whatever form, in all that a run says and leaves behind, however it ends. */
describe.each<[string, (password: string) => Promise<TestServer>]>([
  ['SFTP', password => startSftpServer({ password })],
  ['FTPS', password => startIisFtpServer({ tls: true, password })]
])('over %s', (_, start) => {
  test.each([
    ['blanks and quotes', ' two words "quoted" \'twice\' '],
    ['marks of shells and URLs', '%41$HOME#1&?=/\\@:;!*`'],
    ['letters of other languages', 'pässwörd-пароль-密码']
  ])('a password with %s is used as given, and shows nowhere', async (_name, password) => {
    await using hosting = await startHosting(await start(password))
    const authorization = 'Bearer s3cr3t-token-value'
    const one = await hosting.build('one', { version: '1.05' })
    const two = await hosting.build('two', { version: '1.06', build: 'two' })
    await seed(hosting, one)
    const more = { 'web-api-authorization': authorization, 'github-token': 'ghs_0123456789abcdef' }
    const env = { RUNNER_DEBUG: '1' }
    let kill: Kill = () => false
    const cancelling = {
      env,
      onStart: (stop: Kill) => {
        kill = stop
      },
      onOutput: (text: string) => {
        if (text.includes('::group::Stage the cloud app')) void cancelLikeRunner(kill)
      }
    }
    const runs = {
      cancelled: await runAsStep(hosting.inputs(two, 'b', more), cancelling),
      killed: await runAsStep(hosting.inputs(two, 'b', more), {
        ...cancelling,
        onOutput: text => {
          if (text.includes('::group::Switch')) kill('SIGKILL')
        }
      }),
      refused: await runAsStep(hosting.inputs(two, 'b', { ...more, 'app-url': `${hosting.web.url}/nowhere/` }), {
        env
      }),
      deployed: await runAsStep(hosting.inputs(two, 'b', more), { env }),
      'rolled back': await runAsStep(
        { command: 'rollback', ...loginInputs(hosting.server), ...more, 'app-url': hosting.appUrl },
        { env }
      ),
      'not let in': await runAsStep(hosting.inputs(two, 'b', { ...more, password: `${password}x` }), { env })
    }
    expect(Object.values(runs).map(({ main }) => main.outputs['reason-code'] ?? main.outputs.status)).toEqual([
      'cancelled',
      undefined,
      'check-failed',
      'deployed',
      'rolled-back',
      'authentication-failed'
    ])
    const left = await documents(join(hosting.server.root, 'App_Data'))
    expect(left).toContain('"kind":"journal"')
    const forms = [password, authorization, more['github-token']].flatMap(formsOf)
    for (const [name, { main, post }] of Object.entries(runs)) {
      const said = saidBy(main) + (post ? saidBy(post) : '')
      expect([name, ...forms.filter(form => said.includes(form))]).toEqual([name])
    }
    expect(forms.filter(form => left.includes(form))).toEqual([])
  })
})

/** All that people, and later steps, get of a run; the masks themselves are for the runner alone. */
function saidBy(run: Run): string {
  const lines = run.log.split('\n').filter(line => !line.startsWith('::add-mask::'))
  return [...lines, run.summary, JSON.stringify(run.outputs), JSON.stringify(run.state)].join('\n')
}

function formsOf(secret: string): string[] {
  const plain = secret.replace(/^Bearer /, '')
  return [plain, plain.trim()].flatMap(form => [
    form,
    encodeURIComponent(form),
    JSON.stringify(form).slice(1, -1),
    Buffer.from(form).toString('base64'),
    Buffer.from(form).toString('hex')
  ])
}

async function documents(folder: string): Promise<string> {
  const names = await readdir(folder, { recursive: true, withFileTypes: true })
  const files = names.filter(entry => entry.isFile())
  return (await Promise.all(files.map(file => readFile(join(file.parentPath, file.name), 'utf8')))).join('\n')
}
