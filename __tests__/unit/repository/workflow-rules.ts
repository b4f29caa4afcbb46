import { action, type Job, type Permissions, reusable, type Source, steps, triggers } from './sources'

/** Each looks at one workflow or example, and says what is wrong with it. */
export type Rule = (source: Source) => string[]

/** The action by its name, or by where it is checked out in a workflow of its own repository. */
export const isAction = (uses = '') => /^(\.\/(\.hot-deploy)?|your-org\/powerserver-hot-deploy@v1)$/.test(uses)

export const isCall = (uses = '') => uses === 'your-org/powerserver-hot-deploy/.github/workflows/hot-deploy.yml@v1'

/** What the owner of an example has in other repositories of their own. */
const isOfTheOwner = (uses: string) => uses.startsWith('your-org/workflows/.github/workflows/')

export const rules: Readonly<Record<string, Rule>> = {
  'pins what it uses to a commit, with the version beside it': ({ where, text }) => {
    // This repository trusts GitHub's own actions alone; an example may show others.
    const owner = /^(docs\/|README)/.test(where) ? '[\\w-]+' : 'actions'
    const pinned = new RegExp(`^${owner}/[\\w./-]+@[0-9a-f]{40} # v\\d+\\.\\d+\\.\\d+$`)
    return [...text.matchAll(/^\s*(?:- )?uses: (.+)$/gm)]
      .map(match => match[1] ?? '')
      .filter(uses => !isAction(uses) && !isCall(uses) && !isOfTheOwner(uses) && !pinned.test(uses))
  },

  'can only read, but for jobs that name what they write': ({ workflow, isWhole }) => {
    // What is called by others gets what they grant, and asking for more would keep them from calling it.
    if (!isWhole) return []
    if (isCalled(workflow)) return workflow.permissions === undefined ? [] : ['a called workflow asks for permissions']
    return canOnlyRead(workflow.permissions) ? [] : ['top level']
  },

  'lets no job that writes to the repository or signs run code of the project': ({ workflow }) =>
    Object.entries(workflow.jobs)
      .filter(([, { permissions }]) => writes(permissions, ['contents', 'id-token', 'attestations', 'packages']))
      .filter(([, job]) => job.steps?.some(({ run = '' }) => /\b(npm|npx|node)\b|\.ci\/|scripts\//.test(run)) === true)
      .map(([name]) => name),

  'asks for no permission as a whole': ({ workflow }) =>
    Object.entries(workflow.jobs)
      .filter(([, { permissions }]) => typeof permissions === 'string')
      .map(([name]) => name),

  'leaves no token behind': ({ workflow }) =>
    steps(workflow)
      .filter(step => step.uses?.startsWith('actions/checkout@') && step.with?.['persist-credentials'] !== false)
      .map(step => step.uses ?? ''),

  'has no expression in a script': ({ workflow }) =>
    steps(workflow)
      .map(step => step.run ?? '')
      .filter(run => run.includes('${{')),

  'never waits for long': ({ where, workflow, isWhole }) =>
    Object.entries(workflow.jobs)
      .filter(([, job]) => isWhole && job.uses === undefined)
      // What PowerBuilder builds may take its time; what this repository tests may not.
      .filter(([, job]) => minutes(job) > (where.startsWith('.github/') && !isCalled(workflow) ? 30 : 120))
      .map(([name]) => name),

  'has one run at a time, and never cancels one that releases': ({ workflow, isWhole }) =>
    Object.entries(workflow.jobs)
      .filter(([, job]) => isWhole && job.steps?.some(step => isAction(step.uses)) === true)
      .filter(([, job]) => !queues(job.concurrency ?? workflow.concurrency, workflow))
      .map(([name]) => name),

  'is not started by what strangers can do with its secrets': ({ workflow }) =>
    triggers(workflow).filter(event => ['pull_request_target', 'workflow_run', 'issue_comment'].includes(event)),

  'lets no fork onto a machine that stays': ({ workflow }) =>
    Object.entries(workflow.jobs)
      .filter(
        ([, job]) => triggers(workflow).includes('pull_request') && String(job['runs-on']).includes('self-hosted')
      )
      .filter(([, job]) => !job.if?.includes('github.event.pull_request.head.repo.full_name == github.repository &&'))
      .map(([name]) => name),

  'sets inputs that there are, and those that it must': ({ workflow }) => [
    ...steps(workflow)
      .filter(step => isAction(step.uses))
      .flatMap(step => misfits(step.with, action.inputs)),
    ...calls(workflow.jobs).flatMap(job => misfits(job.with, reusable.inputs))
  ],

  'gives inputs of a called workflow their type': ({ workflow }) =>
    calls(workflow.jobs).flatMap(job =>
      Object.entries(job.with ?? {})
        .filter(([, value]) => !String(value).includes('${{'))
        .filter(([name, value]) => name in reusable.inputs && typeof value !== reusable.inputs[name]?.type)
        .map(([name]) => name)
    ),

  'passes secrets that there are': ({ workflow }) =>
    calls(workflow.jobs)
      .flatMap(({ secrets }) => (typeof secrets === 'object' ? Object.keys(secrets) : []))
      .filter(name => !(name in reusable.secrets)),

  'reads outputs that there are': ({ text, workflow }) => {
    const ids = steps(workflow).flatMap(step => (isAction(step.uses) && step.id !== undefined ? [step.id] : []))
    const called = Object.entries(workflow.jobs).flatMap(([name, job]) => (isCall(job.uses) ? [name] : []))
    return [
      ...read(text, 'steps', ids).filter(name => !(name in action.outputs)),
      ...[...read(text, 'needs', called), ...read(text, 'jobs', called)].filter(name => !(name in reusable.outputs))
    ]
  },

  'grants what its inputs need': ({ workflow, isWhole }) =>
    Object.entries(workflow.jobs)
      .filter(() => isWhole && !isCalled(workflow))
      .flatMap(([name, job]) => lacking(job, job.permissions ?? workflow.permissions).map(scope => `${name}: ${scope}`))
}

function isCalled(workflow: Source['workflow']): boolean {
  return triggers(workflow).join() === 'workflow_call'
}

function canOnlyRead(permissions: Permissions | undefined): boolean {
  if (typeof permissions !== 'object') return false
  return Object.entries(permissions).every(([scope, level]) => scope === 'contents' && level === 'read')
}

function writes(permissions: Permissions | undefined, scopes: readonly string[]): boolean {
  return typeof permissions === 'object' && scopes.some(scope => permissions[scope] === 'write')
}

function minutes(job: Job): number {
  const limit = job['timeout-minutes']
  if (typeof limit === 'number') return limit
  return limit === '${{ inputs.timeout-minutes }}' ? Number(reusable.inputs['timeout-minutes']?.default) : Infinity
}

function queues(concurrency: unknown, workflow: Source['workflow']): boolean {
  if (typeof concurrency === 'string') return true
  if (typeof concurrency !== 'object' || concurrency === null) return false
  // A test of the action on servers of the runner itself may be cancelled; it releases nothing to anybody.
  const releases = !triggers(workflow).includes('pull_request')
  return !releases || !('cancel-in-progress' in concurrency) || concurrency['cancel-in-progress'] === false
}

function calls(jobs: Readonly<Record<string, Job>>): Job[] {
  return Object.values(jobs).filter(job => isCall(job.uses))
}

function misfits(given: Job['with'] = {}, fields: Readonly<Record<string, { readonly required?: boolean }>>): string[] {
  const missing = Object.keys(fields).filter(name => fields[name]?.required === true && !(name in given))
  return [...Object.keys(given).filter(name => !(name in fields)), ...missing.map(name => `no ${name}`)]
}

function read(text: string, context: string, of: readonly string[]): string[] {
  const all = text.matchAll(new RegExp(`\\b${context}\\.([\\w-]+)\\.outputs\\.([\\w-]+)`, 'g'))
  return [...all].filter(match => of.includes(match[1] ?? '')).map(match => match[2] ?? '')
}

/** The permissions that a job lacks for what it has the action do. */
function lacking(job: Job, permissions: Permissions = {}): string[] {
  const given = isCall(job.uses) ? job.with : job.steps?.find(step => isAction(step.uses))?.with
  if (given === undefined) return []
  const isSet = (name: string) => ![undefined, '', false, 'none'].includes(given[name] as string | undefined)
  const needed = [
    ['contents', 'read', true],
    ['pull-requests', 'read', isSet('gate')],
    ['pull-requests', 'write', isSet('pull-request-comment')],
    ['deployments', 'write', isSet('environment')],
    ['actions', 'read', isSet('artifact-run-id')]
  ] as const
  const level = (scope: string) => (typeof permissions === 'string' ? 'none' : (permissions[scope] ?? 'none'))
  return needed
    .filter(([scope, least, isNeeded]) => isNeeded && ![least, 'write'].includes(level(scope)))
    .map(([scope, least]) => `${scope}: ${least}`)
}
