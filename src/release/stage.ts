import type { Plan, WebApiPlan } from '../plan/plan'
import { forEachInFlight, together } from '../transport/in-flight'
import { joinRemote } from '../transport/remote-path'
import { whileOffline, type Patiently } from '../web-api/offline'
import { removeRetiredPage } from '../web-api/retired'
import { Created, makeFolders, upload, type UploadContext } from './upload'

/**
 * Puts the Web APIs into the folder of B, takes away what the build no longer has, and looks whether all of them are
 * there. Files of an older B that were replaced stay replaced when it fails: B is idle.
 */
export async function stageWebApi(
  context: UploadContext,
  plan: WebApiPlan,
  deletions: readonly string[]
): Promise<void> {
  const { run, claim } = context
  const { transport } = claim.site
  if (plan.files.length === 0 && deletions.length === 0) {
    run.log.info('Web API B has all these files already.')
    if (plan.isRetired === true) await removeRetiredPage(transport, plan.folder, run.log)
    return
  }
  const send = (patiently: Patiently): Promise<void> =>
    undoneOnFailure(context, async created => {
      await upload(context, created, {
        what: 'Web APIs',
        files: plan.files,
        write: (file, content, onBytes) => patiently(() => transport.write(file, content, onBytes))
      })
      await forEachInFlight(deletions, transport.inFlight, async path => {
        await patiently(() => transport.remove(joinRemote(transport.root, path)))
        claim.journal.files.delete(path)
        run.record.filesDeleted += 1
      })
    })
  await undoneOnFailure(context, async folders => {
    await makeFolders(transport, plan.files, folders, plan.isNew ? [plan.folder] : [])
    if (plan.offline) await whileOffline(claim.site, plan.folder, run, send)
    else await send(operation => operation())
    if (plan.isRetired === true) await removeRetiredPage(transport, plan.folder, run.log)
  })
  await claim.journal.flush()
}

/**
 * Puts everything else on the site, where no client sees it: what nothing points to in its place, the rest beside its
 * target.
 *
 * @param meanwhile what else is to be done as soon as the folders are there
 * @returns what that gave, and SHA-256 of what was sent to lie beside its target, by path
 */
export async function stageCloudApp<T>(
  context: UploadContext,
  plan: Plan,
  meanwhile: () => Promise<T>
): Promise<{ readonly prepared: T; readonly sent: ReadonlyMap<string, string> }> {
  const { transport } = context.claim.site
  const staged = plan.staged.flat()
  return undoneOnFailure(context, async created => {
    const absent = plan.isCloudAppNew ? [plan.cloudAppFolder] : []
    await makeFolders(transport, [...plan.unseen, ...staged], created, absent)
    const [prepared, , sent] = await together([
      meanwhile(),
      context.begun,
      upload(context, created, { what: 'Files for the switch', files: staged, isTemporary: true }),
      upload(context, created, { what: `Version folder ${plan.version}`, files: plan.unseen })
    ])
    return { prepared, sent }
  })
}

async function undoneOnFailure<T>(context: UploadContext, work: (created: Created) => Promise<T>): Promise<T> {
  const created = new Created()
  try {
    return await work(created)
  } catch (error) {
    await created.undo(context, error)
    throw error
  }
}
