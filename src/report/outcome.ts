import { rowsOf } from '../plan/rows'
import type { ReleaseRecord } from '../release/record'
import { cut } from './long-list'
import { box, code, link, plain, plainLines } from './markdown'
import { inBytes, inDigits } from './size'
import { inUtc } from './when'

/** What the outcome means, right below the headline: why it failed, why it was skipped, what clients get. */
export function outcome(record: ReleaseRecord): string[] {
  return [...failure(record), ...gate(record), ...meaning(record)]
}

function failure({ error, phases }: ReleaseRecord): string[] {
  if (!error) return []
  const phase = phases.find(({ failed }) => failed)?.name
  return [
    box('CAUTION', [
      ...plainLines(cut(error.message, 10_000)),
      '',
      ...plainLines(cut(error.advice, 10_000)).map(line => `**What to do:** ${line}`),
      '',
      `Reason code ${code(error.reasonCode)}${phase === undefined ? '' : `, in the step “${phase}”`}.`
    ])
  ]
}

function gate({ gate: decided, status, error }: ReleaseRecord): string[] {
  if (!decided || error) return []
  const isLacking = status === 'planned' && decided.reasonCode !== undefined
  return [
    box(isLacking ? 'IMPORTANT' : 'NOTE', [
      ...plainLines(cut(decided.text, 10_000)),
      ...pullRequest(decided.pullRequest),
      ...(decided.reasonCode === undefined ? [] : ['', `Reason code ${code(decided.reasonCode)}.`])
    ])
  ]
}

function pullRequest(of: NonNullable<ReleaseRecord['gate']>['pullRequest']): string[] {
  return of ? ['', `Pull request ${link(`${of.number}`, of.url)}: ${plain(cut(of.title, 200))}`] : []
}

function meaning(record: ReleaseRecord): string[] {
  switch (record.status) {
    case 'deployed':
      return [started(record)]
    case 'drained':
      return drained(record)
    case 'planned':
      return wouldBe(record)
    case 'failed':
      return isUntouched(record) ? ['Nothing that users see was changed.'] : []
    default:
      return []
  }
}

function started({ version, webApiUrl, releasedAt, plan, previousWebApiUrl }: ReleaseRecord): string {
  const who = releasedAt ? `Since ${inUtc(releasedAt)} clients that start` : 'Clients that start'
  const isSame = plan?.previousVersion !== undefined && plan.previousVersion === version
  const what = `version ${code(version ?? '')}${isSame ? ' with its new files' : ''}`
  const running =
    previousWebApiUrl === undefined ? '' : ' Users who run the app stay where they are until they restart it.'
  return `${who} get ${what}${webApiUrl === undefined ? '' : ` and the Web APIs ${code(webApiUrl)}`}.${running}`
}

function wouldBe({ plan, isLocalPlan, command, members }: ReleaseRecord): string[] {
  if (isLocalPlan) {
    return [
      'The site was not connected to, so what is live there, and what of the build is there already, is not known here.'
    ]
  }
  if (!plan || command === 'rollback') return []
  const plans = members?.flatMap(({ record }) => record.plan ?? []) ?? [plan]
  const all = plans.flatMap(each => rowsOf(each).find(({ what }) => what === 'All uploads') ?? [])
  const files = all.reduce((sum, row) => sum + row.files, 0)
  const bytes = all.reduce((sum, row) => sum + (row.bytes ?? 0), 0)
  const from = plan.previousVersion === undefined ? '' : ` from ${code(plan.previousVersion)}`
  return [
    `A deploy would upload ${inDigits(files)} files (${inBytes(bytes)}) and switch clients that start${from} to ${code(plan.version)}.`
  ]
}

function drained({ drain }: ReleaseRecord): string[] {
  const others = drain?.samples.at(-1)?.others ?? 0
  const rest =
    others === 0 ? '' : ` ${inDigits(others)} ${others === 1 ? 'session' : 'sessions'} of other apps are still there.`
  return [
    drain?.retiredAt === undefined
      ? `No user of this app works on the Web APIs before any more.${rest}`
      : 'Nobody works on the Web APIs before any more. They are stopped by `app_offline.htm`, and answer 503.'
  ]
}

/** Nothing was begun that clients could have noticed. An undo or a repair of an earlier run could be. */
function isUntouched({ phases, releasedAt, reasonCode }: ReleaseRecord): boolean {
  const seen = ['Switch', 'Undo the switch', 'Repair', 'Retire']
  return !releasedAt && reasonCode !== 'switch-incomplete' && !phases.some(({ name }) => seen.includes(name))
}
