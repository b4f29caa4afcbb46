import type { Plan, WebApiPlan } from '../plan/plan'
import { stagedName } from '../site/temporary-name'
import { joinRemote } from '../transport/remote-path'
import { whileOffline } from '../web-api/offline'
import { probeReplacing, type Replacing } from './replace'
import { Created, makeFolders, upload, type UploadContext } from './upload'
import { verifySizes } from './verify'

/**
 * Puts the Web APIs into the folder of B and looks whether all of them are there. When it fails, what was new is taken
 * away again; files of an older B that were replaced stay replaced: B is idle.
 */
export async function stageWebApi(context: UploadContext, plan: WebApiPlan): Promise<void> {
  const { transport, log } = context
  const send = (write = transport.write.bind(transport)): Promise<void> =>
    undoneOnFailure(context, async created => {
      await upload(context, 'Web APIs', plan.files, created, path => path, write)
      await verifySizes(transport, plan.files, path => path)
    })
  await undoneOnFailure(context, async folders => {
    await makeFolders(transport, plan.files, folders, plan.isNew ? [plan.folder] : [])
    if (plan.offline) await whileOffline(transport, joinRemote(transport.root, plan.folder), log, send)
    else await send()
  })
}

/**
 * Puts everything else on the site, where no client sees it: what nothing points to in its place, the rest beside its
 * target. When it fails, all of it is taken away again.
 *
 * @returns how the switch can be done on this server
 */
export async function stageCloudApp(context: UploadContext, plan: Plan): Promise<Replacing> {
  const { transport } = context
  const staged = plan.staged.flat()
  return undoneOnFailure(context, async created => {
    const absent = plan.isCloudAppNew ? [plan.cloudAppFolder] : []
    await makeFolders(transport, [...plan.unseen, ...staged], created, absent)
    await upload(context, `Version folder ${plan.version}`, plan.unseen, created)
    await upload(context, 'Files for the switch', staged, created, stagedName)
    await verifySizes(transport, plan.unseen, path => path)
    await verifySizes(transport, staged, stagedName)
    return probeReplacing(transport, joinRemote(transport.root, plan.cloudAppFolder))
  })
}

async function undoneOnFailure<T>(
  { transport, log }: UploadContext,
  work: (created: Created) => Promise<T>
): Promise<T> {
  const created = new Created()
  try {
    return await work(created)
  } catch (error) {
    await created.undo(transport, log)
    throw error
  }
}
