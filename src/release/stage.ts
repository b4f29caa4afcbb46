import type { Plan, PlannedFile, WebApiPlan } from '../plan/plan'
import { forEachInFlight, together } from '../transport/in-flight'
import { joinRemote } from '../transport/remote-path'
import { whileOffline, type Patiently } from '../web-api/offline'
import { removeRetiredPage } from '../web-api/retired'
import { Created, makeFolders, upload, type UploadContext } from './upload'

/**
 * Puts the Web APIs into the folder of B, takes away what the build no longer has, and looks whether all of them are
 * there. Files of an older B that were replaced stay replaced when it fails: B is idle.
 *
 * @param onRunningOut called when no file is left to begin with
 */
export async function stageWebApi(
  context: UploadContext,
  plan: WebApiPlan,
  deletions: readonly string[],
  onRunningOut: () => void
): Promise<void> {
  const { run, claim, begun } = context
  const { transport } = claim.site
  // What is there is not touched before the journal says so; into a new folder files may go meanwhile.
  if (!plan.isNew) await begun
  if (plan.files.length === 0 && deletions.length === 0) {
    onRunningOut()
    run.log.info('Web API B has all these files already.')
    if (plan.isRetired === true) await removeRetiredPage(transport, plan.folder, run.log)
    return
  }
  const send = (patiently: Patiently): Promise<void> =>
    undoneOnFailure(context, async created => {
      await together([
        upload(context, created, {
          what: 'Web APIs',
          files: plan.files,
          write: (file, content, onBytes) => patiently(() => transport.write(file, content, onBytes)),
          onRunningOut
        }),
        begun
      ])
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
}

/**
 * Puts everything else on the site, where no client sees it: what nothing points to in its place, the rest beside its
 * target.
 *
 * @param ready until then nothing is put where another app's run may put the same: launchers and runtimes are shared
 * @param meanwhile what else is to be done as soon as the folders are there
 * @returns what that gave, and SHA-256 of what was sent to lie beside its target, by path
 */
export async function stageCloudApp<T>(
  context: UploadContext,
  plan: Plan,
  ready: Promise<void>,
  meanwhile: () => Promise<T>
): Promise<{ readonly prepared: T; readonly sent: ReadonlyMap<string, string> }> {
  const { transport } = context.claim.site
  const staged = plan.staged.flat()
  const own = staged.filter(({ isShared }) => isShared !== true)
  const shared = staged.filter(({ isShared }) => isShared === true)
  return undoneOnFailure(context, async created => {
    const absent = plan.isCloudAppNew ? [plan.cloudAppFolder] : []
    await makeFolders(transport, [...plan.unseen, ...staged], created, absent)
    const beside = (what: string, files: readonly PlannedFile[]): Promise<Map<string, string>> =>
      upload(context, created, { what, files, isTemporary: true })
    const [prepared, sent, sentShared] = await together([
      meanwhile(),
      beside('Files for the switch', own),
      ready.then(() => beside('Launchers and runtimes', shared)),
      upload(context, created, { what: `Version folder ${plan.version}`, files: plan.unseen }),
      context.begun
    ])
    return { prepared, sent: new Map([...sent, ...sentShared]) }
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
