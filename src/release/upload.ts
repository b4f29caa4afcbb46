import { messageOf } from '../errors'
import type { PlannedFile } from '../plan/plan'
import { stagedName } from '../site/temporary-name'
import { hiddenFolder } from '../site/tree'
import { forEachInFlight } from '../transport/in-flight'
import { isBroken } from '../transport/network-error'
import type { Transport } from '../transport/port'
import { foldersOf, joinRemote, parentOf } from '../transport/remote-path'
import type { Claim } from './claim'
import { isCancelled } from './haltable'
import type { Run } from './run'
import { Copying } from './copying'
import { byFolder, differencesIn, notVerified } from './verify'

/** What an upload needs besides its files. */
export interface UploadContext {
  readonly run: Run
  readonly claim: Claim
  /** What is written in place must not be written before the journal says so. */
  readonly begun: Promise<void>
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
  /** Called when no file is left to begin with. */
  readonly onRunningOut?: () => void
}

/** A cancelled job is killed soon, so clearing away is given up in time for unlocking. */
const clearingMs = 3_000

/** What was not on the site before an upload: files relative to the root, folders absolute. */
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
  async undo({ run: { log, signal }, claim: { site, journal } }: UploadContext, cause: unknown): Promise<void> {
    const { steady } = site
    const failures: unknown[] = []
    const deadline = isCancelled(signal) ? Date.now() + clearingMs : Infinity
    const attempt = async (removing: () => Promise<void>): Promise<void> => {
      // A server that is gone is not asked again for each of thousands of files.
      if (failures.some(isBroken)) return
      if (Date.now() > deadline) failures.push(new Error('there was no time for it'))
      else await removing().catch((error: unknown) => failures.push(error))
    }
    const isResumable = isCancelled(signal) || isBroken(cause)
    const files = isResumable ? this.#temporary : [...this.#temporary, ...this.#files]
    await forEachInFlight(files, steady.inFlight, file =>
      attempt(async () => {
        await steady.remove(joinRemote(steady.root, file))
        journal.forget(file)
      })
    )
    if (!isResumable) {
      for (const folder of this.#folders.toReversed()) await attempt(() => steady.removeFolder(folder))
    }
    if (failures.length > 0) {
      log.info(`Some of what was uploaded could not be removed: ${messageOf(failures[0])} The next run does so.`)
    }
  }
}

/**
 * Writes files, many side by side, into folders that are there, and has the journal note those in their places. An upload
 * counts when it is seen: as soon as the last file of a folder is sent, the site is asked, and what is not there with its
 * size is sent again. Servers have said "226 Transfer complete" to a fourth of a file.
 *
 * @returns SHA-256 of what was sent, by path
 * @throws DeployError `not-verified`, and what the first file fails with
 */
export async function upload(context: UploadContext, created: Created, upload: Upload): Promise<Map<string, string>> {
  const { run, claim, begun } = context
  const { transport } = claim.site
  const { what, files, isTemporary = false, write, onRunningOut } = upload
  const put = write ?? transport.write.bind(transport)
  const total = files.reduce((sum, file) => sum + file.size, 0)
  const progress = run.log.progress(what, files.length, total)
  const at = (path: string): string => (isTemporary ? stagedName(path) : path)
  const hashes = new Map<string, string>()
  const copying = new Copying(transport)
  const noteSent = (bytes: number): void => {
    copying.noteSent(bytes)
    progress.bytes(bytes)
  }
  const noteSentAgain = (bytes: number): void => {
    copying.noteSent(bytes)
  }
  const sent = (file: PlannedFile, onBytes: (bytes: number) => void): Promise<string> =>
    put(joinRemote(transport.root, at(file.path)), file.content, onBytes)
  const sendAgain = async (file: PlannedFile): Promise<void> => {
    hashes.set(file.path, await sent(file, noteSentAgain))
  }
  const confirm = async (folder: string, group: readonly PlannedFile[]): Promise<void> => {
    for (let tries = 0, unseen = group; unseen.length > 0; tries += 1) {
      const wrong = await differencesIn(transport, folder, unseen, at)
      if (wrong.length > 0 && tries >= run.settings.retries) throw notVerified(transport, wrong, files.length)
      for (const { what: difference } of wrong) run.log.info(`${difference}; sending it again.`)
      unseen = wrong.map(({ file }) => file)
      run.record.retries += unseen.length
      await forEachInFlight(unseen, transport.inFlight, sendAgain)
    }
    if (isTemporary) return
    for (const { path, size } of group) claim.journal.note(path, size, hashes.get(path) ?? '')
  }
  const folders = byFolder(files)
  const left = new Map([...folders].map(([folder, group]) => [folder, group.length]))
  try {
    await forEachInFlight(saying(files, onRunningOut), transport.inFlight, async file => {
      const isNew = isTemporary || file.sizeOnSite === undefined
      if (isNew) created.file(at(file.path), isTemporary)
      else await begun
      const copied = file.copyOf && (await copying.copied(file))
      if (copied === undefined) {
        hashes.set(file.path, await sent(file, noteSent))
        run.record.filesUploaded += 1
        run.record.bytesUploaded += file.size
      } else {
        hashes.set(file.path, copied)
        progress.bytes(file.size)
        run.record.filesUnchanged += 1
      }
      progress.file()
      const folder = parentOf(file.path)
      const rest = (left.get(folder) ?? 0) - 1
      left.set(folder, rest)
      if (rest === 0) await confirm(folder, folders.get(folder) ?? [])
    })
    if (copying.count > 0) run.log.info(`${copying.count} of them were copied on the server from the version before.`)
    return hashes
  } finally {
    progress.end()
  }
}

/** @param onEnd called when the last item is taken and another one is asked for */
function* saying<T>(items: Iterable<T>, onEnd: () => void = () => undefined): Generator<T, void> {
  yield* items
  onEnd()
}

/**
 * Makes all folders above these files (relative to the root) that no listing showed.
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
  const paths = (isThere: boolean): string[] =>
    files.flatMap(({ path, sizeOnSite }) => ((sizeOnSite !== undefined) === isThere ? [path] : []))
  // Where a file is, its folder is too.
  const there = new Set(foldersOf(paths(true)))
  const folders = foldersOf(paths(false)).flatMap(path => (there.has(path) ? [] : [joinRemote(transport.root, path)]))
  const made = new Set(
    await transport.makeFolders(folders, folder => {
      created.folder(folder)
    })
  )
  const hidden = absent.map(path => joinRemote(transport.root, path)).find(folder => !made.has(folder))
  if (hidden !== undefined && folders.includes(hidden)) throw hiddenFolder(hidden, transport)
}
