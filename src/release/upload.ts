import { DeployError, messageOf } from '../errors'
import type { PlannedFile } from '../plan/plan'
import { stagedName } from '../site/temporary-name'
import { hiddenFolder } from '../site/tree'
import { hashOf } from '../transport/content'
import { forEachInFlight } from '../transport/in-flight'
import { isBroken } from '../transport/network-error'
import type { Transport } from '../transport/port'
import { foldersOf, joinRemote } from '../transport/remote-path'
import type { Claim } from './claim'
import type { Run } from './run'

/** What an upload needs besides its files. */
export interface UploadContext {
  readonly run: Run
  readonly claim: Claim
}

/** What to upload, and how. */
export interface Upload {
  /** What the files are, for the log. */
  readonly what: string
  readonly files: readonly PlannedFile[]
  /** Beside their targets, under temporary names. */
  readonly isTemporary?: boolean
  /** How one file is written; for callers that know when to try again. */
  readonly write?: Transport['write']
}

/** A cancelled job is killed soon, so clearing away is given up in time for unlocking. */
const clearingMs = 3_000

/** What was not on the site before an upload; absolute paths. */
export class Created {
  readonly #files: string[] = []
  readonly #temporary: string[] = []
  readonly #folders: string[] = []

  file(path: string, isTemporary: boolean): void {
    ;(isTemporary ? this.#temporary : this.#files).push(path)
  }

  folder(path: string): void {
    this.#folders.push(path)
  }

  /**
   * Takes away what a failed upload has left. After a break or a cancelling, files that no client sees stay: the next run
   * goes on with them. What the server has refused would be in the way, so all of it goes.
   */
  async undo({ run: { log, signal }, claim: { site } }: UploadContext, cause: unknown): Promise<void> {
    const { steady } = site
    const failures: unknown[] = []
    const deadline = signal.aborted ? Date.now() + clearingMs : Infinity
    const attempt = async (removing: () => Promise<void>): Promise<void> => {
      // A server that is gone is not asked again for each of thousands of files.
      if (failures.some(isBroken)) return
      if (Date.now() > deadline) failures.push(new Error('there was no time for it'))
      else await removing().catch((error: unknown) => failures.push(error))
    }
    const isResumable = signal.aborted || isBroken(cause)
    const files = isResumable ? this.#temporary : [...this.#temporary, ...this.#files]
    await forEachInFlight(files, steady.inFlight, file => attempt(() => steady.remove(file)))
    if (!isResumable) {
      for (const folder of this.#folders.toReversed()) await attempt(() => steady.removeFolder(folder))
    }
    if (failures.length > 0) {
      log.info(`Some of what was uploaded could not be removed: ${messageOf(failures[0])} The next run does so.`)
    }
  }
}

/**
 * Writes files, many side by side, into folders that are there, and has the journal note those in their places. Fails with
 * the first that fails.
 */
export async function upload({ run, claim }: UploadContext, created: Created, upload: Upload): Promise<void> {
  const { log, record } = run
  const { transport } = claim.site
  const { what, files, isTemporary = false, write } = upload
  const put = write ?? transport.write.bind(transport)
  const total = files.reduce((sum, file) => sum + file.size, 0)
  const progress = log.progress(what, files.length, total)
  try {
    await forEachInFlight(files, transport.inFlight, async file => {
      const target = joinRemote(transport.root, isTemporary ? stagedName(file.path) : file.path)
      if (isTemporary || file.sizeOnSite === undefined) created.file(target, isTemporary)
      const [hash] = await Promise.all([
        hashOf(file.content).catch(localFileGone),
        put(target, file.content, bytes => {
          progress.bytes(bytes)
        })
      ])
      if (!isTemporary) claim.journal.note(file.path, file.size, hash)
      progress.file()
      record.filesUploaded += 1
      record.bytesUploaded += file.size
    })
  } finally {
    progress.end()
  }
}

/** The transport says the same of the same file, and in more words. */
function localFileGone(error: unknown): never {
  throw new DeployError(
    'build-changed',
    `A file of the build cannot be read any more: ${messageOf(error)}.`,
    'Let nothing write to the build while the action runs.',
    error
  )
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
