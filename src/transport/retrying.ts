import type { Writable } from 'node:stream'
import { DeployError } from '../errors'
import type { Content } from './content'
import type { Line } from './line'
import { isPassing } from './network-error'
import type { RemoteEntry, Transport } from './port'
import { nameOf, parentOf } from './remote-path'

/**
 * A transport that repeats what a break or a moment of trouble has stopped: only what may be done twice, and what a
 * listing shows to be still undone.
 *
 * @param signal no operation begins, or is repeated, after it is aborted; without one the work cannot be stopped, as
 * undoing and unlocking must not be
 */
export function retrying(line: Line, signal?: AbortSignal): Transport {
  const run = <T>(
    operation: (transport: Transport) => Promise<T>,
    settle?: (transport: Transport) => Promise<{ readonly result: T } | undefined>,
    mayPass = isPassing
  ): Promise<T> => line.run(operation, settle, mayPass, signal)

  return {
    description: line.transport.description,
    root: line.transport.root,
    inFlight: line.transport.inFlight,
    list: folder => run(transport => transport.list(folder)),
    read: (file, open: () => Writable) => run(transport => transport.read(file, open)),
    write: (file, content, onBytes) => run(transport => writeOnce(transport, file, content, onBytes)),
    makeFolder: folder =>
      run(
        transport => transport.makeFolder(folder),
        // It was not there before, or the first try would have told.
        async transport => ((await has(transport, folder)) ? { result: true } : undefined)
      ),
    removeFolder: folder =>
      run(
        transport => transport.removeFolder(folder),
        async transport => ((await has(transport, folder)) ? undefined : { result: undefined })
      ),
    rename: async (from, to) => {
      // OpenSSH for Windows deletes a file that is renamed to its own name (PowerShell/Win32-OpenSSH 1849).
      if (from === to) return
      await run(
        transport => transport.rename(from, to),
        async transport => {
          const isDone = !(await has(transport, from)) && (await has(transport, to))
          return isDone ? { result: undefined } : undefined
        },
        // Somebody reads the file just now, such as a web server or a virus scanner on Windows.
        error => isPassing(error) || (error instanceof DeployError && error.reasonCode === 'file-in-use')
      )
    },
    remove: file => run(transport => transport.remove(file)),
    duplicate: (from, to) =>
      run(
        transport => transport.duplicate(from, to),
        async transport => ((await isWhole(transport, from, to)) ? { result: true } : undefined)
      ),
    [Symbol.asyncDispose]: () => line[Symbol.asyncDispose]()
  }
}

/** What a try had told of its progress is taken back when it fails. */
async function writeOnce(
  transport: Transport,
  file: string,
  content: Content,
  onBytes: ((bytes: number) => void) | undefined
): Promise<void> {
  let told = 0
  try {
    await transport.write(file, content, bytes => {
      told += bytes
      onBytes?.(bytes)
    })
  } catch (error) {
    onBytes?.(-told)
    throw error
  }
}

async function has(transport: Transport, path: string): Promise<boolean> {
  return (await entry(transport, path)) !== undefined
}

async function entry(transport: Transport, path: string): Promise<RemoteEntry | undefined> {
  return (await transport.list(parentOf(path))).find(({ name }) => name === nameOf(path))
}

/** A copy that broke off may be shorter than what it is a copy of. */
async function isWhole(transport: Transport, from: string, to: string): Promise<boolean> {
  const copy = await entry(transport, to)
  return copy !== undefined && copy.size === (await entry(transport, from))?.size
}
