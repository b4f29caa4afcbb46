import { describe, expect, test } from '@jest/globals'
import { isGitHubAsked, mayOnlyPlan } from '../../../src/inputs/read-github'
import { readSettings } from '../../../src/inputs/read'
import { eventEnvironment, type EventName } from '../../support/github-api/events'
import { deployErrorOf } from '../deploy-error'
import { least, raw, read } from './with-block'

const gated = { gate: 'merged-pull-request' }

describe('what concerns GitHub', () => {
  test('is nothing unless it is asked for', () => {
    expect(read().settings.gitHub).toEqual({
      token: 'ghs_token',
      gate: undefined,
      environment: undefined,
      isCommentWanted: false
    })
    expect(isGitHubAsked(read().settings.gitHub)).toBe(false)
  })

  test('is read whole', () => {
    const given = {
      ...gated,
      'base-branch': ' release/* ',
      'required-labels': 'release\n\n two words \n',
      'required-approvals': '2',
      environment: 'production',
      'pull-request-comment': 'TRUE',
      'github-token': ' token\n'
    }
    expect(read(given).settings.gitHub).toEqual({
      token: 'token',
      gate: { baseBranch: 'release/*', requiredLabels: ['release', 'two words'], requiredApprovals: 2 },
      environment: 'production',
      isCommentWanted: true
    })
  })

  test.each<Record<string, string>>([gated, { environment: 'x' }, { 'pull-request-comment': 'true' }])(
    'is asked for by %j',
    given => {
      expect(isGitHubAsked(read(given).settings.gitHub)).toBe(true)
    }
  )

  test.each<[string, string, Record<string, string>]>([
    ['gate', 'is "always"; "none" or "merged-pull-request" is expected', { gate: 'always' }],
    ['base-branch', 'is set without gate', { 'base-branch': 'main' }],
    ['required-labels', 'is set without gate', { 'required-labels': 'release' }],
    ['required-approvals', 'is set without gate', { 'required-approvals': '1' }],
    ['base-branch', 'has several lines', { ...gated, 'base-branch': 'main\nrelease/*' }],
    ['required-approvals', 'is "7"; a number, 0 to 6, is expected', { ...gated, 'required-approvals': '7' }],
    ['required-approvals', 'is "two"', { ...gated, 'required-approvals': 'two' }]
  ])('has a wrong %s: %s', async (name, problem, given) => {
    const error = await deployErrorOf(() => read(given))
    expect(error.reasonCode).toBe('invalid-inputs')
    expect(error.message).toContain(`The input ${name} ${problem}`)
  })
})

describe('a run that may only plan', () => {
  test.each<[EventName, boolean]>([
    ['pull_request.opened', true],
    ['pull_request.synchronize', true],
    ['pull_request.labeled', true],
    ['pull_request.opened-from-fork', true],
    ['pull_request_target.opened-from-fork', true],
    ['pull_request.merged', false],
    ['pull_request.closed', false],
    ['pull_request_target.merged', false],
    ['push.main', false],
    ['workflow_run.from-fork', false],
    ['merge_group', false]
  ])('is one of %s: %s', (name, expected) => {
    expect(mayOnlyPlan(raw({ ...least, ...gated }), eventEnvironment(name))).toBe(expected)
    expect(mayOnlyPlan(raw(least), eventEnvironment(name))).toBe(false)
  })

  test('is none where it is not known what started it', () => {
    expect(mayOnlyPlan(raw({ ...least, ...gated }), {})).toBe(false)
  })

  test.each([['password'], ['site'], ['host-key'], ['web-api-url']])(
    'does without credentials and what leads to a site, also without %s; what is there is checked',
    name => {
      const given = { ...least, password: '', [name]: '' }
      expect(readSettings(raw(given), true).settings).toMatchObject({
        isBuildOnly: true,
        build: { package: 'build/salesdemo' }
      })
      expect(() => readSettings(raw(given))).toThrow(/is missing/)
      expect(() => readSettings(raw({ ...given, version: 'x' }), true)).toThrow(/version is "x"/)
    }
  )

  test.each<Record<string, string>>([
    { 'jump-host': 'ssh://deployer@bastion.example.com' },
    { 'jump-host-key': `SHA256:${'A'.repeat(43)}` }
  ])('does without the other half of a jump host: %j', given => {
    const half = { ...least, ...given }
    expect(readSettings(raw({ ...half, password: '' }), true).settings).toMatchObject({
      isBuildOnly: true,
      jump: undefined
    })
    expect(() => readSettings(raw(half))).toThrow(/jump-host/)
  })

  test('asks the site when it has the credentials', () => {
    expect(readSettings(raw(least), true).settings.isBuildOnly).toBe(false)
    expect(() => readSettings(raw({ ...least, 'host-key': '' }), true)).toThrow(/host-key is missing/)
  })

  test('is none of a rollback, which needs the site', () => {
    expect(() => readSettings(raw({ ...least, command: 'rollback', password: '' }), true)).toThrow(/is missing/)
  })
})
