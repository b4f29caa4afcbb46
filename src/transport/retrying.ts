import type { Writable } from 'node:stream'
import { DeployError } from '../errors'
import { sizeOf, type Content } from './content'
import { forEachInFlight } from './in-flight'
import type { Line, Operation } from './line'
import { isPassing } from './network-error'
import type { RemoteEntry, Session, Transport } from './port'
import { nameOf, parentOf } from './remote-path'

/**
 * A transport that repeats what a break or a moment of trouble has stopped: only what may be done twice, and what a
 * listing shows to be still undone.
 *
 * @param signal no operation begins, or is repeated, after it is aborted; without one the work cannot be stopped, as
 * undoing and unlocking must not be
 */
export function retrying(line: Line, signal?: AbortSignal): Transport {
  const run = <T>(act: Operation<T>['act'], settle?: Operation<T>['settle'], mayPass = isPassing): Promise<T> =>
    line.run({ act, settle, mayPass, bytes: 0 }, signal)

  const makeFolder = (folder: string): Promise<boolean> =>
    run(
      session => session.makeFolder(folder),
      // It was not there before, or the first try would have told.
      async session => ((await has(session, folder)) ? { result: true } : undefined)
    )

  return {
    description: line.session.description,
    root: line.session.root,
    get inFlight() {
      return line.inFlight
    },
    sendsByConnection: line.session.sendsByConnection,
    list: folder => run(session => session.list(folder)),
    read: (file, open: () => Writable) => run(session => session.read(file, open)),
    write: (file, content, onBytes) => {
      const act = (session: Session): Promise<string> => writeOnce(line, session, file, content, onBytes)
      return line.run({ act, mayPass: isPassing, bytes: sizeOf(content) }, signal)
    },
    makeFolder,
    makeFolders: async (folders, onMade = () => undefined) => {
      if (line.session.inFlight === 1) return byLevels(folders, makeFolder, line.inFlight, onMade)
      const made = new Map<string, boolean>()
      let tries = 0
      await run(session => makeInOrder(session, folders, made, (tries += 1) > 1, onMade))
      return folders.filter(folder => made.get(folder))
    },
    size: file => run(session => session.size(file)),
    removeFolder: folder =>
      run(
        session => session.removeFolder(folder),
        async session => ((await has(session, folder)) ? undefined : { result: undefined })
      ),
    rename: async (from, to) => {
      // OpenSSH for Windows deletes a file that is renamed to its own name (PowerShell/Win32-OpenSSH 1849).
      if (from === to) return
      await run(
        session => session.rename(from, to),
        async session => {
          const isDone = !(await has(session, from)) && (await has(session, to))
          return isDone ? { result: undefined } : undefined
        },
        // Somebody reads the file just now, such as a web server or a virus scanner on Windows.
        error => isPassing(error) || isInUse(error)
      )
    },
    remove: file => run(session => session.remove(file)),
    duplicate: (from, to) =>
      run(
        session => session.duplicate(from, to),
        async session => ((await isWhole(session, from, to)) ? { result: true } : undefined)
      ),
    // Copied once more it is the same.
    copy: (from, to) => run(session => session.copy(from, to)),
    [Symbol.asyncDispose]: () => line[Symbol.asyncDispose]()
  }
}

function isInUse(error: unknown): boolean {
  return error instanceof DeployError && error.reasonCode === 'file-in-use'
}

/**
 * All at once on one connection, which carries them out in this order: a folder needs the one above it.
 *
 * @param made what is known of each from a try before; those are not made again
 */
async function makeInOrder(
  session: Session,
  folders: readonly string[],
  made: Map<string, boolean>,
  isRepeated: boolean,
  onMade: (folder: string) => void
): Promise<void> {
  const failures = new Map<string, unknown>()
  await Promise.all(
    folders
      .filter(folder => !made.has(folder))
      .map(async folder => {
        try {
          // What a try before had made when it broke off is this run's all the same.
          const isMade = (await session.makeFolder(folder)) || isRepeated
          made.set(folder, isMade)
          if (isMade) onMade(folder)
        } catch (error) {
          failures.set(folder, error)
        }
      })
  )
  const known = [...made.keys()]
  for (const [folder, error] of failures) {
    // Whatever was the matter with one that has a folder in it, it is there.
    if (!known.some(other => other.startsWith(`${folder}/`))) throw error
  }
}

/** Level by level, for connections that do one thing after the other: a folder needs the one above it. */
async function byLevels(
  folders: readonly string[],
  makeFolder: (folder: string) => Promise<boolean>,
  inFlight: number,
  onMade: (folder: string) => void
): Promise<string[]> {
  const levels: string[][] = []
  for (const folder of folders) (levels[folder.split('/').length] ??= []).push(folder)
  const made = new Set<string>()
  for (const level of levels.filter(Boolean)) {
    await forEachInFlight(level, inFlight, async folder => {
      if (!(await makeFolder(folder))) return
      made.add(folder)
      onMade(folder)
    })
  }
  return folders.filter(folder => made.has(folder))
}

/** What a try had told of its progress is taken back when it fails. */
function writeOnce(
  line: Line,
  session: Session,
  file: string,
  content: Content,
  onBytes?: (bytes: number) => void
): Promise<string> {
  let told = 0
  const write = session.write(file, content, bytes => {
    told += bytes
    if (bytes > 0) line.noteSent(bytes)
    onBytes?.(bytes)
  })
  return write.catch((error: unknown) => {
    onBytes?.(-told)
    throw error
  })
}

async function has(session: Session, path: string): Promise<boolean> {
  return (await entry(session, path)) !== undefined
}

async function entry(session: Session, path: string): Promise<RemoteEntry | undefined> {
  return (await session.list(parentOf(path))).find(({ name }) => name === nameOf(path))
}

/** A copy that broke off may be shorter than what it is a copy of. */
async function isWhole(session: Session, from: string, to: string): Promise<boolean> {
  const copy = await entry(session, to)
  return copy !== undefined && copy.size === (await entry(session, from))?.size
}
