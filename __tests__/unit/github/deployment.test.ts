import { describe, expect, test } from '@jest/globals'
import { Deployment, type DeploymentRequest, type DeploymentState } from '../../../src/github/deployment'
import { undoDeployment, type Undone } from '../../../src/github/undone-deployment'
import type { Trouble } from '../../support/github-api'
import { deployErrorOf } from '../deploy-error'
import { apiUnderTest } from './api'

const runUrl = 'https://github.com/acme/shop/actions/runs/7001/attempts/1'
const target = 'shop at web.example.com'
const request: DeploymentRequest = {
  environment: 'production',
  sha: '9'.repeat(40),
  description: 'Version 1.4 of shop',
  note: { releaseId: 'r-14', version: '1.4', target },
  runId: '7001',
  runUrl
}

describe('a deployment', () => {
  test('is of the released commit, in progress, and ends with the URL of the app', async () => {
    await using under = await apiUnderTest()
    const deployment = await Deployment.begin(under.github, request)
    const made = under.api.repository.deployments[0]
    expect(made).toMatchObject({
      id: deployment.state.id,
      sha: request.sha,
      environment: 'production',
      description: 'Version 1.4 of shop',
      payload: { 'powerserver-hot-deploy': { releaseId: 'r-14', version: '1.4', target } },
      production_environment: true
    })
    expect(made?.statuses).toMatchObject([{ state: 'in_progress', log_url: runUrl }])
    await deployment.succeed('Version 1.4 is live', 'https://shop.example.com/')
    expect(made?.statuses[0]).toMatchObject({
      state: 'success',
      description: 'Version 1.4 is live',
      log_url: runUrl,
      environment_url: 'https://shop.example.com/'
    })
  })

  test('asks GitHub for no merge and no checks, and leaves to it what is production', async () => {
    await using under = await apiUnderTest()
    await Deployment.begin(under.github, request)
    const { body } =
      under.api.requests.find(({ method, path }) => method === 'POST' && path.endsWith('/deployments')) ?? {}
    expect(body).toMatchObject({ auto_merge: false, required_contexts: [], ref: request.sha })
    expect(Object.keys(body ?? {})).not.toContain('production_environment')
  })

  test('ends as a failure, or as inactive', async () => {
    await using under = await apiUnderTest()
    const deployment = await Deployment.begin(under.github, request)
    await deployment.fail('Cancelled')
    await deployment.retire('Undone')
    const states = under.api.repository.deployments[0]?.statuses.map(({ state }) => state)
    expect(states).toEqual(['inactive', 'failure', 'in_progress'])
  })

  test('ends the one before it, but in production', async () => {
    await using under = await apiUnderTest()
    for (const environment of ['test', 'production']) {
      for (const version of ['1.3', '1.4']) {
        const deployment = await Deployment.begin(under.github, { ...request, environment })
        await deployment.succeed(`Version ${version} is live`, undefined)
      }
    }
    const states = under.api.repository.deployments.map(({ environment, statuses }) => [
      environment,
      statuses[0]?.state
    ])
    expect(states).toEqual([
      ['production', 'success'],
      ['production', 'success'],
      ['test', 'success'],
      ['test', 'inactive']
    ])
  })

  test('can be ended by another process', async () => {
    await using under = await apiUnderTest()
    const { state } = await Deployment.begin(under.github, request)
    const kept = JSON.parse(JSON.stringify(state)) as DeploymentState
    await new Deployment(under.github, kept).fail('Killed')
    expect(under.api.repository.deployments[0]?.statuses[0]).toMatchObject({ state: 'failure', log_url: runUrl })
  })

  test('keeps within the length that GitHub takes', async () => {
    await using under = await apiUnderTest()
    const deployment = await Deployment.begin(under.github, { ...request, description: 'x'.repeat(500) })
    await deployment.fail('y'.repeat(500))
    expect(under.api.repository.deployments[0]?.statuses[0]?.description).toBe('y'.repeat(140))
  })

  const lost: [string, Trouble][] = [
    ['lost', { kind: 'answer-lost' }],
    ['502', { kind: 'answer-502' }]
  ]

  test.each(lost)('is not made twice when an answer is %s, and neither is a status', async (_, trouble) => {
    await using under = await apiUnderTest()
    under.api.next(1, trouble, /^POST .*\/deployments$/)
    under.api.next(1, trouble, /^POST .*\/statuses$/)
    const deployment = await Deployment.begin(under.github, request)
    expect(under.api.repository.deployments).toHaveLength(1)
    expect(under.api.repository.deployments[0]?.id).toBe(deployment.state.id)
    expect(under.api.repository.deployments[0]?.statuses).toHaveLength(1)
  })

  test('is made anew for the same commit, and not taken for the one before', async () => {
    await using under = await apiUnderTest()
    const first = await Deployment.begin(under.github, request)
    under.api.next(1, { kind: 'connection-lost' }, /^POST .*\/deployments$/)
    const second = await Deployment.begin(under.github, request)
    expect(second.state.id).not.toBe(first.state.id)
    expect(under.api.repository.deployments).toHaveLength(2)
  })

  test('of a commit that GitHub does not have is refused', async () => {
    await using under = await apiUnderTest()
    const error = await deployErrorOf(() => Deployment.begin(under.github, { ...request, sha: '0'.repeat(40) }))
    expect(error.reasonCode).toBe('github-refused')
    expect(error.message).toContain('No ref found')
  })

  test.each([
    [{}, 'deployments: write'],
    [{ deployments: 'read' }, 'deployments: write']
  ] as const)('with the permissions %j it names %p', async (permissions, missing) => {
    await using under = await apiUnderTest()
    under.api.tokens.set('ghs_poor', { login: 'github-actions[bot]', type: 'Bot', permissions })
    const error = await deployErrorOf(() => Deployment.begin(under.client('ghs_poor'), request))
    expect(error.reasonCode).toBe('github-permission-missing')
    expect(error.advice).toContain(`"${missing}"`)
  })
})

describe('the deployment of a job with environment', () => {
  test.each(['alice', 'github-actions[bot]'])('made by %s is used, and nothing is written', async creator => {
    await using under = await apiUnderTest()
    const ofJob = under.api.repository.addDeploymentOfJob('production', '7001', creator)
    const deployment = await Deployment.begin(under.github, request)
    expect(deployment.state).toEqual({ id: ofJob.id, isOfJob: true, runUrl })
    await deployment.succeed('live', 'https://shop.example.com/')
    await deployment.fail('failed')
    expect(under.lines().filter(line => !line.startsWith('GET'))).toEqual([])
    expect(ofJob.statuses).toHaveLength(1)
  })

  test.each([
    ['of another run', 'production', '70011'],
    ['of another environment', 'test', '7001']
  ])('%s is not', async (_, environment, runId) => {
    await using under = await apiUnderTest()
    const other = under.api.repository.addDeploymentOfJob(environment, runId)
    const deployment = await Deployment.begin(under.github, request)
    expect(deployment.state).toMatchObject({ isOfJob: false })
    expect(deployment.state.id).not.toBe(other.id)
  })

  test('is found below some that began after it', async () => {
    await using under = await apiUnderTest()
    const ofJob = under.api.repository.addDeploymentOfJob('production', '7001')
    for (let n = 0; n < 9; n++) under.api.repository.addDeploymentOfJob('production', `800${n}`)
    expect((await Deployment.begin(under.github, request)).state.id).toBe(ofJob.id)
  })

  test('is not mistaken for what an attempt of this run before made itself', async () => {
    await using under = await apiUnderTest()
    const first = await Deployment.begin(under.github, request)
    expect((await Deployment.begin(under.github, request)).state).toMatchObject({ isOfJob: false })
    expect(first.state.isOfJob).toBe(false)
    // Nor does looking at those cost a request each.
    expect(under.lines().filter(line => /^GET .*statuses/.test(line))).toEqual([])
  })
})

describe('a rollback', () => {
  const undone: Undone = {
    environment: 'production',
    target,
    from: { releaseId: 'r-14', version: '1.4' },
    to: { releaseId: 'r-13', version: '1.3' },
    runUrl: 'https://github.com/acme/shop/actions/runs/7002/attempts/1',
    appUrl: 'https://shop.example.com/'
  }

  async function released(...notes: DeploymentRequest['note'][]) {
    const under = await apiUnderTest()
    const ids: number[] = []
    for (const note of notes) {
      const deployment = await Deployment.begin(under.github, { ...request, note })
      await deployment.succeed('live', undefined)
      ids.push(deployment.state.id)
    }
    const newestStatus = (id: number | undefined) =>
      under.api.repository.deployments.find(deployment => deployment.id === id)?.statuses[0]
    return { ...under, ids, newestStatus }
  }

  test('makes the undone one inactive and the one before active, and none of its own', async () => {
    await using under = await released(
      { releaseId: 'r-13', version: '1.3', target },
      { releaseId: 'r-14', version: '1.4', target }
    )
    const [before, after] = under.ids
    expect(await undoDeployment(under.github, undone)).toEqual({ from: after, to: before })
    expect(under.newestStatus(after)).toMatchObject({
      state: 'inactive',
      description: 'Rolled back from 1.4',
      log_url: undone.runUrl
    })
    expect(under.newestStatus(before)).toMatchObject({
      state: 'success',
      description: 'Live again after a rollback from 1.4',
      environment_url: 'https://shop.example.com/'
    })
    expect(under.api.repository.deployments).toHaveLength(2)
  })

  test('leaves the same version of another app alone', async () => {
    await using under = await released(
      { releaseId: 'r-14', version: '1.4', target },
      { releaseId: 'r-14', version: '1.4', target: 'other' }
    )
    const [ours, other] = under.ids
    expect(await undoDeployment(under.github, { ...undone, to: undefined })).toEqual({ from: ours, to: undefined })
    expect(under.newestStatus(other)).toMatchObject({ state: 'success' })
  })

  test('finds the release by its id, where the version was released several times', async () => {
    await using under = await released(
      { releaseId: 'r-14', version: '1.4', target },
      { releaseId: 'r-15', version: '1.4', target }
    )
    expect(await undoDeployment(under.github, undone)).toMatchObject({ from: under.ids[0] })
  })

  test('finds it by the version, where the id is not known', async () => {
    await using under = await released({ version: '1.3', target }, { version: '1.4', target })
    expect(await undoDeployment(under.github, undone)).toEqual({ from: under.ids[1], to: under.ids[0] })
  })

  test('finds a payload that GitHub gives back as text', async () => {
    await using under = await apiUnderTest()
    const payload = JSON.stringify({ 'powerserver-hot-deploy': { releaseId: 'r-14', target, key: 'k' } })
    const { id } = under.api.repository.addDeployment({ environment: 'production', payload })
    expect(await undoDeployment(under.github, undone)).toMatchObject({ from: id })
  })

  test('writes nothing when there is no such deployment', async () => {
    await using under = await apiUnderTest()
    under.api.repository.addDeploymentOfJob('production', '7001')
    for (const payload of ['no JSON', null, { 'powerserver-hot-deploy': 1 }, '']) {
      under.api.repository.addDeployment({ environment: 'production', payload })
    }
    expect(await undoDeployment(under.github, undone)).toEqual({ from: undefined, to: undefined })
    expect(under.lines()).toEqual(['GET /deployments?environment=production&per_page=100'])
  })
})
