import type { Transport } from './port'

/** A dry run's transport: it reads, and anything that would write is a defect of ours and stops the run. */
export function rehearsal(transport: Transport): Transport {
  const refuse = (what: string) => (): Promise<never> =>
    Promise.reject(new Error(`A dry run was about to ${what} on ${transport.description}.`))
  return {
    description: transport.description,
    root: transport.root,
    inFlight: transport.inFlight,
    sendsByConnection: transport.sendsByConnection,
    list: folder => transport.list(folder),
    read: (file, open) => transport.read(file, open),
    size: file => transport.size(file),
    write: refuse('write a file'),
    makeFolder: refuse('make a folder'),
    makeFolders: refuse('make folders'),
    removeFolder: refuse('delete a folder'),
    rename: refuse('rename a file'),
    remove: refuse('delete a file'),
    duplicate: refuse('copy a file'),
    copy: refuse('copy a file'),
    [Symbol.asyncDispose]: () => transport[Symbol.asyncDispose]()
  }
}
