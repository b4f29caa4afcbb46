import { readFileSync } from 'node:fs'
import { readFile } from 'node:fs/promises'
import { join } from 'node:path'
import { describe, expect, jest, test } from '@jest/globals'
import { cancelLikeRunner, runAction, runAsStep, type Kill, type Run } from '../../scripts/as-runner.mjs'
import { expectSuccess } from '../support/expect-success'
import { EVENT_COMMITS } from '../support/github-api/events'
import { startGitHubHosting, type GitHubHosting } from '../support/github-hosting'
import { WORKFLOW_BOT, WORKFLOW_TOKEN } from '../support/github-api'
import { loginInputs, snapshot, withoutState } from '../support/hosting'
import { violations, type Schema } from '../support/json-schema'

jest.setTimeout(120_000)

const resultSchema = JSON.parse(readFileSync('docs/result.schema.json', 'utf8')) as Schema

/** Whatever a run ends with, its result is as documented. */
function expectResult(run: Run, expected: Record<string, unknown>): void {
  const result = JSON.parse(run.outputs.result ?? '{}') as Record<string, unknown>
  expect(violations(resultSchema, result)).toEqual([])
  expect(result).toMatchObject(expected)
}

async function siteOf({ hosting }: GitHubHosting): Promise<Map<string, string>> {
  return snapshot(hosting.server.root)
}

async function logins({ hosting }: GitHubHosting): Promise<number> {
  return (await hosting.server.commands()).length
}

function commentsOf({ api }: GitHubHosting): string[] {
  return api.repository.comments.map(({ body }) => body)
}

function statusesOf({ api }: GitHubHosting): string[][] {
  return api.repository.deployments.map(({ statuses }) => statuses.map(({ state }) => state).reverse())
}

const told = { 'pull-request-comment': 'true', environment: 'production' }

describe('a pull request', () => {
  test('shows the plan while it is open, and is released when it is merged', async () => {
    await using github = await startGitHubHosting()
    const { api, hosting } = github
    const before = await siteOf(github)
    const plan = await github.runOn('pull_request.opened', told)
    expectSuccess(plan)
    expectResult(plan, { status: 'planned', reasonCode: 'pull-request-open', version: '1.06', deploymentId: null })
    expect(await siteOf(github)).toEqual(before)
    expect(api.repository.deployments).toEqual([])
    expect(commentsOf(github)).toHaveLength(1)
    expect(commentsOf(github)[0]).toContain('Plan for salesdemo')
    expect(commentsOf(github)[0]).toContain('1.06')
    expect(plan.summary).toContain('is open: this is the plan of what its merge publishes')

    const again = await github.runOn('pull_request.synchronize', told)
    expectSuccess(again)
    expect(commentsOf(github)).toHaveLength(1)

    github.merge()
    const release = await github.runOn('pull_request.merged', told)
    expectSuccess(release)
    const [deployment] = api.repository.deployments
    expectResult(release, { status: 'deployed', reasonCode: null, version: '1.06', deploymentId: deployment?.id })
    expect(commentsOf(github)).toHaveLength(1)
    expect(commentsOf(github)[0]).toContain('is released')
    expect(commentsOf(github)[0]).toContain('https://github.com/acme/shop/actions/runs/7001')
    expect(deployment).toMatchObject({ sha: EVENT_COMMITS.merge, environment: 'production' })
    expect(statusesOf(github)).toEqual([['in_progress', 'success']])
    expect(deployment?.statuses[0]).toMatchObject({
      environment_url: hosting.appUrl,
      log_url: 'https://github.com/acme/shop/actions/runs/7001/attempts/1'
    })
  })

  test('that is closed without a merge is skipped, and nobody is asked or told', async () => {
    await using github = await startGitHubHosting()
    const pull = github.api.repository.pulls.get(12)
    if (pull) pull.state = 'closed'
    const before = await logins(github)
    const run = await github.runOn('pull_request.closed', told)
    expectSuccess(run)
    expectResult(run, { status: 'skipped', reasonCode: 'pull-request-not-merged', version: null })
    expect(run.summary).toContain('was closed without a merge')
    expect(await logins(github)).toBe(before)
    expect(commentsOf(github)).toEqual([])
    expect(github.api.repository.deployments).toEqual([])
  })

  test('of a fork, without secrets, gets a plan of the build alone', async () => {
    await using github = await startGitHubHosting()
    github.api.repository.addPull({ number: 12, headSha: EVENT_COMMITS.head, headRepository: 'mallory/shop' })
    const before = await logins(github)
    const run = await github.runOn('pull_request.opened-from-fork', { ...told, ...withoutSecrets(github) })
    expectSuccess(run)
    expectResult(run, { status: 'planned', reasonCode: 'pull-request-open', version: '1.06' })
    expect(run.summary).toMatch(/build alone/)
    expect(run.log).not.toContain('::warning::')
    expect(await logins(github)).toBe(before)
    expect(commentsOf(github)).toEqual([])
    // What is missing for a release is missing all the same.
    github.merge()
    const merged = await github.runOn('pull_request.merged', withoutSecrets(github))
    expect(merged.exitCode).toBe(1)
    expect(merged.outputs['reason-code']).toBe('invalid-inputs')
  })

  test('without the label, or into another branch, is skipped', async () => {
    await using github = await startGitHubHosting()
    github.merge()
    const label = await github.runOn('pull_request.merged', { 'required-labels': 'release\nurgent' })
    expectSuccess(label)
    expectResult(label, { status: 'skipped', reasonCode: 'label-missing' })
    const base = await github.runOn('pull_request.merged', { 'base-branch': 'release/*' })
    expectSuccess(base)
    expectResult(base, { status: 'skipped', reasonCode: 'base-branch-differs' })
  })

  test('that lacks approvals fails, and is released once it has them', async () => {
    await using github = await startGitHubHosting()
    github.merge()
    const before = await logins(github)
    const refused = await github.runOn('pull_request.merged', { ...told, 'required-approvals': '1' })
    expect(refused.exitCode).toBe(1)
    expectResult(refused, { status: 'failed', reasonCode: 'approvals-missing' })
    expect(refused.log).toContain('::error title=approvals-missing::')
    expect(await logins(github)).toBe(before)
    expect(github.api.repository.deployments).toEqual([])
    github.api.repository.reviews.set(12, [
      {
        id: 1,
        user: { login: 'bob', type: 'User' },
        state: 'APPROVED',
        commit_id: EVENT_COMMITS.head,
        author_association: 'MEMBER',
        submitted_at: '2026-03-01T10:00:00Z'
      }
    ])
    expectSuccess(await github.runOn('pull_request.merged', { 'required-approvals': '1' }))
  })
})

describe('a commit', () => {
  test('that a merged pull request brought is released, and the comment goes to that', async () => {
    await using github = await startGitHubHosting()
    github.merge()
    const run = await github.runOn('push.main', told)
    expectSuccess(run)
    expectResult(run, { status: 'deployed' })
    expect(github.api.repository.comments.map(({ issue }) => issue)).toEqual([12])
    expect(github.api.repository.deployments[0]?.sha).toBe(EVENT_COMMITS.merge)
  })

  test.each(['push.main', 'workflow_dispatch.main', 'schedule', 'release.published', 'workflow_run.main'] as const)(
    'that was pushed directly is refused: %s',
    async event => {
      await using github = await startGitHubHosting(false)
      const run = await github.runOn(event)
      expect(run.exitCode).toBe(1)
      expectResult(run, { status: 'failed', reasonCode: 'commit-not-merged' })
      expect(await logins(github)).toBe(0)
    }
  )
})

describe('without a gate', () => {
  test('a deployment and a comment are made all the same', async () => {
    await using github = await startGitHubHosting()
    github.merge()
    const run = await github.runOn('push.main', { ...told, gate: 'none' })
    expectSuccess(run)
    expect(commentsOf(github)).toHaveLength(1)
    expect(statusesOf(github)).toEqual([['in_progress', 'success']])
  })

  test('GitHub is not asked when nothing wants it, and no event is needed', async () => {
    await using github = await startGitHubHosting()
    expectSuccess(await github.runOn('push.main', { gate: 'none' }))
    expect(github.api.requests).toEqual([])
  })

  test('outside GitHub Actions a gate is refused before anything is connected to', async () => {
    await using github = await startGitHubHosting(false)
    const run = await runAction(github.inputs(), { env: { GITHUB_EVENT_NAME: '' } })
    expectResult(run, { status: 'failed', reasonCode: 'event-not-supported' })
    expect(await logins(github)).toBe(0)
  })
})

describe('a deployment', () => {
  test('fails with the check after the switch', async () => {
    await using github = await startGitHubHosting()
    github.merge()
    const run = await github.runOn('push.main', { ...told, 'app-url': `${github.hosting.web.url}/nowhere/` })
    expect(run.exitCode).toBe(1)
    expectResult(run, { status: 'rolled-back', reasonCode: 'check-failed' })
    expect(statusesOf(github)).toEqual([['in_progress', 'failure']])
    expect(commentsOf(github)[0]).toContain('check-failed')
  })

  test('of a release that is undone is inactive, and the one before it counts again', async () => {
    await using github = await startGitHubHosting(false)
    const { hosting } = github
    github.merge()
    const inputs = { ...told, gate: 'none' }
    expectSuccess(await github.runOn('push.main', { ...inputs, ...hosting.inputs(github.one, 'a') }))
    expectSuccess(await github.runOn('push.main', inputs))
    const back = await runAction(
      {
        command: 'rollback',
        'app-url': hosting.appUrl,
        environment: 'production',
        'github-token': WORKFLOW_TOKEN,
        ...loginInputs(hosting.server)
      },
      { env: github.environment('workflow_dispatch.main') }
    )
    expectSuccess(back)
    expectResult(back, { status: 'rolled-back', version: '1.05' })
    expect(statusesOf(github)).toEqual([
      ['in_progress', 'success', 'inactive'],
      ['in_progress', 'success', 'success']
    ])
  })

  test('is not made a second time when the job has one', async () => {
    await using github = await startGitHubHosting()
    github.merge()
    const { repository } = github.api
    const id = repository.nextId()
    repository.deployments.unshift({
      id,
      sha: EVENT_COMMITS.merge,
      ref: 'main',
      task: 'deploy',
      environment: 'production',
      description: null,
      payload: {},
      production_environment: true,
      creator: WORKFLOW_BOT,
      statuses: [
        {
          id: repository.nextId(),
          state: 'in_progress',
          description: '',
          log_url: 'https://github.com/acme/shop/actions/runs/7001/job/4711',
          target_url: '',
          environment_url: '',
          creator: WORKFLOW_BOT
        }
      ]
    })
    const run = await github.runOn('push.main', told)
    expectSuccess(run)
    expect(repository.deployments).toHaveLength(1)
    expectResult(run, { deploymentId: id })
    expect(statusesOf(github)).toEqual([['in_progress']])
  })

  test('fails with a job that is cancelled, and with a step that is killed', async () => {
    await using github = await startGitHubHosting()
    github.merge()
    // Readiness is asked for again and again, so the run is in the middle of its work.
    github.hosting.b.setHealth('unhealthy')
    const stopped = async (stop: (kill: Kill) => unknown): Promise<Awaited<ReturnType<typeof runAsStep>>> => {
      let kill: Kill = () => false
      return runAsStep(github.inputs(told), {
        env: github.environment('push.main'),
        onStart: given => {
          kill = given
        },
        onOutput: text => {
          if (text.includes('503')) void stop(kill)
        }
      })
    }
    const cancelled = await stopped(kill => cancelLikeRunner(kill))
    expectResult(cancelled.main, { status: 'failed', reasonCode: 'cancelled' })
    expect(statusesOf(github)).toEqual([['in_progress', 'failure']])

    const killed = await stopped(kill => kill('SIGKILL'))
    expect(killed.main.signal).toBe('SIGKILL')
    expect(killed.post?.exitCode).toBe(0)
    expect(statusesOf(github)[0]).toEqual(['in_progress', 'failure'])
    expect(github.api.repository.deployments[0]?.statuses[0]?.description).toContain('killed')
  })
})

describe('GitHub that refuses', () => {
  test('the report does not stop a release, and the warning names the permission', async () => {
    await using github = await startGitHubHosting()
    github.merge()
    github.api.tokens.set(WORKFLOW_TOKEN, { ...WORKFLOW_BOT, permissions: { pull_requests: 'read', contents: 'read' } })
    const run = await github.runOn('push.main', told)
    expectSuccess(run)
    expectResult(run, { status: 'deployed', deploymentId: null })
    const warnings = run.log.split('\n').filter(line => line.startsWith('::warning::'))
    expect(warnings.filter(line => line.includes('"deployments: write"'))).toHaveLength(1)
    expect(warnings.filter(line => line.includes('"pull-requests: write"'))).toHaveLength(1)
  })

  test('the gate stops it, before anything is connected to', async () => {
    await using github = await startGitHubHosting(false)
    github.api.tokens.set(WORKFLOW_TOKEN, { ...WORKFLOW_BOT, permissions: { contents: 'read' } })
    const run = await github.runOn('push.main')
    expectResult(run, { status: 'failed', reasonCode: 'github-permission-missing' })
    expect(run.log).toContain('pull-requests: read')
    expect(await logins(github)).toBe(0)
  })

  test('for a moment is asked again', async () => {
    await using github = await startGitHubHosting()
    github.merge()
    github.api.next(2, { kind: 'answer-502' })
    const run = await github.runOn('push.main', told)
    expectSuccess(run)
    expect(statusesOf(github)).toEqual([['in_progress', 'success']])
    expect(commentsOf(github)).toHaveLength(1)
  })
})

test('a comment holds no secret, which no runner would mask there', async () => {
  await using github = await startGitHubHosting()
  const { password } = github.hosting.server
  // As somebody might do: the very same text in a place that is shown.
  const shown = `https://b.example.com/${encodeURIComponent(password)}/`
  const run = await github.runOn('pull_request.opened', { ...told, 'web-api-url': shown })
  expectSuccess(run)
  expect(commentsOf(github)).toHaveLength(1)
  expect(commentsOf(github)[0]).toContain('https://b.example.com/***/')
  expect(commentsOf(github)[0]).not.toContain(encodeURIComponent(password))
})

describe('the notice', () => {
  const notice = { 'notice-file': 'notice.json', gate: 'none' }

  test('is there after the pointers, tells of the release, and comes back with a rollback', async () => {
    await using github = await startGitHubHosting(false)
    const { hosting } = github
    const path = join(hosting.server.root, 'salesdemo_cloud/notice.json')
    const read = async (): Promise<unknown> => JSON.parse(await readFile(path, 'utf8')) as unknown
    expectSuccess(await runAction({ ...github.inputs(notice), ...hosting.inputs(github.one, 'a') }))
    const first = await read()
    expect(first).toMatchObject({ version: '1.05', minimumCompatibleVersion: '1.05', appUrl: hosting.appUrl })
    const before = (await hosting.server.commands()).length
    expectSuccess(await runAction(github.inputs({ ...notice, 'notification-message': 'Take {version} for {app}.' })))
    expect(await read()).toMatchObject({ version: '1.06', message: 'Take 1.06 for salesdemo_cloud.' })
    const renames = (await hosting.server.commands()).slice(before).filter(line => /rename/i.test(line))
    const at = (name: string): number => renames.findLastIndex(line => line.includes(`salesdemo_cloud/${name}`))
    expect(at('notice.json')).toBeGreaterThan(at('deploylist.ini.zip'))
    expect(at('deploylist.ini.zip')).toBeGreaterThan(at('apprun.json'))

    // Run again, it is no reason to release.
    const again = await runAction(github.inputs(notice))
    expectSuccess(again)
    expect(again.outputs.status).toBe('unchanged')

    const back = await runAction({ command: 'rollback', 'app-url': hosting.appUrl, ...loginInputs(hosting.server) })
    expectSuccess(back)
    expect(await read()).toEqual(first)
  })

  test('is taken away by a rollback that goes back to a site without one, and by a release that has none', async () => {
    await using github = await startGitHubHosting()
    const { hosting } = github
    const names = async (): Promise<string[]> =>
      [...withoutState(await siteOf(github)).keys()].filter(name => name.includes('notice'))
    expectSuccess(await runAction(github.inputs(notice)))
    expect(await names()).toEqual(['salesdemo_cloud/notice.json'])
    expectSuccess(await runAction({ command: 'rollback', 'app-url': hosting.appUrl, ...loginInputs(hosting.server) }))
    expect(await names()).toEqual([])

    const three = await hosting.build('three', { version: '1.07', build: 'three' })
    const four = await hosting.build('four', { version: '1.08', build: 'four' })
    expectSuccess(await runAction({ ...github.inputs(notice), ...hosting.inputs(three, 'b') }))
    expect(await names()).toEqual(['salesdemo_cloud/notice.json'])
    expectSuccess(await runAction(hosting.inputs(four, 'a')))
    expect(await names()).toEqual([])
  })

  test.each(['index.html', 'AppRun.json', 'deploylist.ini.zip', '1.06', 'a/b.json', '..', 'con', 'a:b'])(
    'is never called %s',
    async name => {
      const run = await runAction({ strategy: 'versioning', package: '.', 'notice-file': name })
      expect(run.outputs['reason-code']).toBe('invalid-inputs')
      expect(run.log).toContain(`notice-file is "${name}"`)
    }
  )

  test('is refused where the build has a file of that name', async () => {
    await using github = await startGitHubHosting()
    const { writeFile } = await import('node:fs/promises')
    await writeFile(join(github.two.cloudApp, 'Notice.json'), '{}')
    const run = await runAction(github.inputs(notice))
    expectResult(run, { status: 'failed', reasonCode: 'names-collide' })
  })
})

/** What a run of a fork gets for secrets and for variables of the repository. */
function withoutSecrets({ hosting }: GitHubHosting): Record<string, string> {
  return Object.fromEntries([...Object.keys(loginInputs(hosting.server)), 'web-api-url'].map(name => [name, '']))
}
