import type { GitHub } from './client'
import { listDeployments, writeStatus, type DeploymentNote } from './deployments'

/** A release as a rollback knows it from the journal. */
export interface KnownRelease {
  readonly releaseId: string | undefined
  readonly version: string | undefined
}

export interface Undone {
  readonly environment: string
  readonly target: string
  /** The release that was undone. */
  readonly from: KnownRelease
  /** What clients get again, where that is known. */
  readonly to: KnownRelease | undefined
  readonly runUrl: string
  readonly appUrl: string | undefined
}

/**
 * Tells GitHub of a rollback: the deployment of the undone release becomes inactive, and that of the release before
 * active again. A rollback makes none of its own, since the commit that it is run from is not what is live then.
 *
 * Deployments that GitHub made for the `environment:` of a job do not say which release they were, and stay as they are.
 *
 * @returns the ids of both, where they were found among the 100 newest of the environment
 * @throws DeployError `github-permission-missing`, `github-refused`, `github-unreachable`; the signal's reason
 */
export async function undoDeployment(
  github: GitHub,
  { environment, target, from, to, runUrl, appUrl }: Undone
): Promise<{ readonly from: number | undefined; readonly to: number | undefined }> {
  const ours = (await listDeployments(github, environment)).filter(({ note }) => note?.target === target)
  const idOf = (release: KnownRelease | undefined) =>
    release && ours.find(({ note }) => note && isOf(note, release))?.id
  const undone = idOf(from)
  const live = idOf(to)
  if (undone !== undefined) {
    const description = `Rolled back${from.version === undefined ? '' : ` from ${from.version}`}`
    await writeStatus(github, undone, { state: 'inactive', description, runUrl, appUrl: undefined })
  }
  if (live !== undefined && live !== undone) {
    const description = `Live again after a rollback${from.version === undefined ? '' : ` from ${from.version}`}`
    await writeStatus(github, live, { state: 'success', description, runUrl, appUrl })
  }
  return { from: undone, to: live }
}

/** By the id of the release where both have one: a version may be released several times. */
function isOf(note: DeploymentNote, { releaseId, version }: KnownRelease): boolean {
  if (note.releaseId !== undefined && releaseId !== undefined) return note.releaseId === releaseId
  return version !== undefined && note.version === version
}
