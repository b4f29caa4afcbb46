import { spawnSync } from 'node:child_process'
import { readFileSync } from 'node:fs'
import { expect, test } from '@jest/globals'
import { parse } from 'yaml'
import { action, type Job, reusable, type Step } from './sources'

const path = '.github/workflows/hot-deploy.yml'
const { jobs } = parse(readFileSync(path, 'utf8')) as { jobs: { release: Job & { outputs: Record<string, string> } } }
const step = jobs.release.steps?.find(({ uses }) => uses === './.hot-deploy') as Required<Step>

test('hot-deploy.yml is what npm run reusable makes of action.yml', () => {
  const { status, stderr } = spawnSync(process.execPath, ['scripts/reusable-workflow.mjs', '--check'], {
    encoding: 'utf8'
  })
  expect(stderr).toBe('')
  expect(status).toBe(0)
})

test('it passes every input on that the action has and does not refuse', () => {
  const expected = Object.keys(action.inputs).filter(name => name !== 'github-token')
  expect(Object.keys(step.with)).toEqual(expected)
})

test('it declares each of them once, as an input or as a secret, and uses all that it declares', () => {
  const text = readFileSync(path, 'utf8')
  const names = [...Object.keys(reusable.inputs).map(name => `inputs.${name}`), ...secretsAs('secrets.')]
  expect(names.filter(name => !new RegExp(`${name}(?![\\w-])`).test(text.slice(text.indexOf('\njobs:'))))).toEqual([])
  const undeclared = [...text.matchAll(/\b(inputs|secrets)\.([\w-]+)/g)].map(match => match[0])
  expect(undeclared.filter(name => !names.includes(name))).toEqual([])
})

test('secrets are the inputs that hold one, and no input is a secret', () => {
  expect(secretsAs('')).toEqual([
    'HOT_DEPLOY_PASSWORD',
    'HOT_DEPLOY_PRIVATE_KEY',
    'HOT_DEPLOY_PASSPHRASE',
    'HOT_DEPLOY_WEB_API_AUTHORIZATION'
  ])
  expect(
    Object.keys(reusable.inputs).filter(name => /password|private-key|passphrase|authorization/.test(name))
  ).toEqual([])
})

test('defaults are those of action.yml, with a type', () => {
  const shared = Object.entries(reusable.inputs).filter(([name]) => name in action.inputs)
  const ours = shared.map(([name, field]) => [name, asText(field.default)])
  expect(ours).toEqual(shared.map(([name]) => [name, action.inputs[name]?.default ?? '']))
  const untyped = shared.filter(([, { type, default: value }]) => value !== undefined && typeof value !== type)
  expect(untyped).toEqual([])
  expect(shared.filter(([, { required }]) => required === true).map(([name]) => name)).toEqual(['site'])
})

test('descriptions begin as those of action.yml do', () => {
  const shared = Object.entries(reusable.inputs).filter(([name]) => name in action.inputs && name !== 'environment')
  const other = shared.filter(([name, { description = '' }]) => !description.startsWith(said(action.inputs[name])))
  expect(other.map(([name]) => name)).toEqual([])
  const outputs = Object.entries(reusable.outputs)
  expect(outputs.filter(([name, { description }]) => description !== said(action.outputs[name]))).toEqual([])
})

test('outputs reach the caller under their names', () => {
  const names = Object.keys(reusable.outputs)
  expect(names).toEqual(expect.arrayContaining(['status', 'reason-code', 'version', 'release-id', 'result']))
  expect(names.map(name => reusable.outputs[name]?.value)).toEqual(
    names.map(name => `\${{ jobs.release.outputs.${name} }}`)
  )
  expect(jobs.release.outputs).toEqual(
    Object.fromEntries(names.map(name => [name, `\${{ steps.release.outputs.${name} }}`]))
  )
})

test('a release is never cancelled by another one, and none that waits is dropped', () => {
  expect(jobs.release.concurrency).toMatchObject({ queue: 'max', 'cancel-in-progress': false })
})

test('the action is of the commit that the workflow is of, and never of the caller', () => {
  const [refusal, checkout] = jobs.release.steps ?? []
  expect(refusal).toMatchObject({ if: "job.workflow_sha == ''", run: expect.stringContaining('exit 1') })
  expect(checkout?.with).toMatchObject({
    repository: '${{ job.workflow_repository }}',
    ref: '${{ job.workflow_sha }}',
    path: '.hot-deploy'
  })
})

function secretsAs(prefix: string): string[] {
  return Object.keys(reusable.secrets).map(name => prefix + name)
}

function asText(value: unknown): string {
  return ['string', 'number', 'boolean'].includes(typeof value) ? String(value) : ''
}

function said(field: { readonly description?: string } | undefined): string {
  return (field?.description ?? '').trim()
}
