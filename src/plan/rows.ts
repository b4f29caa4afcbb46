import { nameOf } from '../transport/remote-path'
import { filesOf, pointersOf, type Plan } from './plan'

/** One line of a plan's table. */
export interface PlanRow {
  readonly what: string
  readonly how: string
  readonly files: number
  /** Undefined for what is not sent. */
  readonly bytes: number | undefined
}

/** What a plan does, part by part, in the order in which it is done. */
export function rowsOf(plan: Plan): PlanRow[] {
  const pointers = new Set(pointersOf(plan).map(({ path }) => path))
  const staged = plan.staged.flat().filter(file => !pointers.has(file.path))
  const sent = (what: string, how: string, files: Plan['unseen']): PlanRow => ({
    what,
    how,
    files: files.length,
    bytes: files.reduce((sum, file) => sum + file.size, 0)
  })
  const left = (what: string, how: string, files: number): PlanRow => ({ what, how, files, bytes: undefined })
  return [
    sent('Web API B', plan.webApi?.offline ? 'upload, with app_offline.htm' : 'upload', plan.webApi?.files ?? []),
    sent(`Version folder ${plan.version}`, 'upload, unseen until the switch', plan.unseen),
    sent(
      'Files that clients read',
      'replace at the switch',
      staged.filter(file => file.sizeOnSite !== undefined)
    ),
    sent(
      'Files that clients will read',
      'add at the switch',
      staged.filter(file => file.sizeOnSite === undefined)
    ),
    sent(
      [...pointers].map(nameOf).join(', '),
      'switch last',
      plan.staged.flat().filter(file => pointers.has(file.path))
    ),
    sent('All uploads', '', filesOf(plan)),
    left('Protected files', 'keep', plan.kept.length + (plan.webApi?.kept.length ?? 0)),
    left('Launcher and runtime', 'there already', plan.present),
    left('Files that are on the site with this content', 'leave', plan.unchanged),
    left('Files of Web API B that the build no longer has', 'delete', plan.deletions.webApi.length),
    left(
      'Files of the cloud app that the build no longer has',
      'take away after the switch',
      plan.deletions.cloudApp.length
    ),
    ...plan.deletions.versions.map(({ version, files }) =>
      left(`Version folder ${version}`, 'delete after the switch', files.length)
    ),
    left("Files that are not the action's", 'leave', plan.foreign.length)
  ].filter(({ files }) => files > 0)
}
