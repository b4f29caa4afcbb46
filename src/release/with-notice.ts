import { DeployError } from '../errors'
import type { Plan } from '../plan/plan'
import { noticeOf } from '../report/notice'
import { filled } from '../report/notification'
import type { LiveRelease } from '../site/live'
import { joinRemote } from '../transport/remote-path'
import type { Run } from './run'

/**
 * A plan with the notice as the last file of the switch: it tells running apps of a version that clients get since just
 * then. Being a part of the switch, it comes back with a rollback.
 *
 * @param plan without it
 * @param paths of the build's cloud app
 * @param now goes into the notice as the time of the release
 * @throws DeployError `names-collide` when the build has a file of that name
 */
export function withNotice(
  plan: Plan,
  { tree }: LiveRelease,
  paths: readonly string[],
  { settings, record }: Run,
  now: Date
): Plan {
  const { noticeFile, appUrl, notificationMessage } = settings
  if (noticeFile === undefined) return plan
  const taken = paths.find(path => path.toLowerCase() === noticeFile.toLowerCase())
  if (taken !== undefined) {
    throw new DeployError(
      'names-collide',
      `notice-file is "${noticeFile}", and the build has a file "${taken}" of its own.`,
      'Give the notice a name that the app does not use.'
    )
  }
  const { app, version, minimum } = plan
  const facts = { app, version, previousVersion: record.previousVersion, appUrl, releasedAt: now }
  const message = filled(notificationMessage, facts)
  const bytes = noticeOf({ app, version, minimum, releasedAt: now, message, appUrl })
  const path = joinRemote(plan.cloudAppFolder, tree.find(noticeFile) ?? noticeFile)
  const file = { path, content: { bytes }, size: bytes.length, sizeOnSite: tree.sizeOf(noticeFile) }
  return { ...plan, staged: [...plan.staged, [file]] }
}
