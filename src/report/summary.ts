import type { ReleaseRecord } from '../release/record'
import { counts } from './counts'
import { farm } from './farm'
import { fit } from './fit'
import { headline } from './headline'
import { details, link, plain } from './markdown'
import { nextSteps } from './next-steps'
import { outcome } from './outcome'
import { picture } from './picture'
import { planOf } from './plan-table'
import { remarks } from './remarks'
import { sessions } from './sessions'
import { timeline } from './timeline'
import { places, versions } from './versions'

export { headline } from './headline'

/** GitHub takes 1 MiB for a step and drops what is larger as a whole; a little is left for what else the step writes. */
const limit = 1_000_000

/** The job summary, as Markdown for GitHub. */
export function summaryOf(record: ReleaseRecord): string {
  return fit(
    [
      `## ${plain(headline(record))}`,
      ...outcome(record),
      ...(record.command === 'drain' ? sessions(record) : release(record)),
      ...remarks(record),
      ...counts(record),
      ...farm(record),
      ...planned(record),
      ...timeline(record),
      ...nextSteps(record),
      ...run(record)
    ],
    limit
  )
}

function release(record: ReleaseRecord): string[] {
  return [...versions(record), ...pictureOf(record), ...places(record)]
}

function pictureOf(record: ReleaseRecord): string[] {
  const { status, command, plan, webApiUrl, isLocalPlan } = record
  if (webApiUrl === undefined || webApiUrl === '' || isLocalPlan) return []
  const isKnown = command === 'rollback' ? status === 'rolled-back' : plan !== undefined
  const isShown = status === 'deployed' || status === 'planned' || (status === 'rolled-back' && command === 'rollback')
  return isKnown && isShown ? [picture(record)] : []
}

function planned(record: ReleaseRecord): string[] {
  const { plan, status } = record
  if (!plan || status === 'unchanged') return []
  const text = planOf(record)
  return status === 'planned' ? ['### The plan', ...text] : [details('What was planned', text.join('\n\n'))]
}

function run({ runUrl }: ReleaseRecord): string[] {
  return runUrl === undefined ? [] : [link('The log of this run', runUrl)]
}
