import { messageOf } from '../errors'
import type { PlannedFile } from '../plan/plan'
import { forEachInFlight } from '../transport/in-flight'
import { hiddenFolder } from '../site/tree'
import type { Transport } from '../transport/port'
import { foldersOf, joinRemote } from '../transport/remote-path'
import type { Log } from './log'
import type { ReleaseRecord } from './record'

/** What an upload needs besides its files. */
export interface UploadContext {
  readonly transport: Transport
  readonly log: Log
  readonly record: ReleaseRecord
}

/** What was not on the site before an upload; absolute paths. */
export class Created {
  readonly #files: string[] = []
  readonly #folders: string[] = []

  file(path: string): void {
    this.#files.push(path)
  }

  folder(path: string): void {
    this.#folders.push(path)
  }

  /** Takes all of it away again, as far as the connection still allows; what stays is nothing that a client sees. */
  async undo(transport: Transport, log: Log): Promise<void> {
    const failures: unknown[] = []
    const attempt = async (removing: Promise<void>): Promise<void> => {
      await removing.catch((error: unknown) => failures.push(error))
    }
    await forEachInFlight(this.#files, transport.inFlight, file => attempt(transport.remove(file)))
    for (const folder of this.#folders.toReversed()) await attempt(transport.removeFolder(folder))
    if (failures.length > 0) {
      log.info(`Some of what was uploaded could not be removed: ${messageOf(failures[0])} The next run replaces it.`)
    }
  }
}

/**
 * Writes files, many side by side, into folders that are there. Fails with the first that fails.
 *
 * @param what the files are, for the log
 * @param nameOf where each file goes: under its own path, or a temporary one
 * @param write how one file is written; for callers that know when to try again
 */
export async function upload(
  { transport, log, record }: UploadContext,
  what: string,
  files: readonly PlannedFile[],
  created: Created,
  nameOf: (path: string) => string = path => path,
  write: Transport['write'] = transport.write.bind(transport)
): Promise<void> {
  const total = files.reduce((sum, file) => sum + file.size, 0)
  const progress = log.progress(what, files.length, total)
  try {
    await forEachInFlight(files, transport.inFlight, async file => {
      const target = joinRemote(transport.root, nameOf(file.path))
      if (file.sizeOnSite === undefined || target !== joinRemote(transport.root, file.path)) created.file(target)
      await write(target, file.content, bytes => {
        progress.bytes(bytes)
      })
      progress.file()
      record.filesUploaded += 1
      record.bytesUploaded += file.size
    })
  } finally {
    progress.end()
  }
}

/**
 * Makes all folders above these files (relative to the root), level by level: a folder needs its parent.
 *
 * @param absent folders that no listing showed when the plan was made
 * @throws DeployError `live-unreadable` when one of them is there after all: then the plan rests on listings that do
 * not tell all, and writing would go over files that it takes for missing
 */
export async function makeFolders(
  transport: Transport,
  files: readonly PlannedFile[],
  created: Created,
  absent: readonly string[]
): Promise<void> {
  const paths = files.map(file => file.path)
  const levels: string[][] = []
  for (const folder of foldersOf(paths)) (levels[folder.split('/').length] ??= []).push(folder)
  for (const level of levels.filter(Boolean)) {
    await forEachInFlight(level, transport.inFlight, async path => {
      const folder = joinRemote(transport.root, path)
      if (await transport.makeFolder(folder)) created.folder(folder)
      else if (absent.includes(path)) throw hiddenFolder(folder, transport)
    })
  }
}
