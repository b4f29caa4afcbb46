import { mkdir, mkdtemp, realpath, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { dirname, join } from 'node:path'

export interface TemporaryFolder extends AsyncDisposable {
  readonly path: string
  /** Writes files, with the folders above them; a name that ends with a slash is an empty folder. */
  write(files: Readonly<Record<string, string | Buffer>>): Promise<void>
}

/** A folder that goes with its scope; its path has no links in it. */
export async function temporaryFolder(): Promise<TemporaryFolder> {
  const path = await realpath(await mkdtemp(join(tmpdir(), 'unit-')))
  return {
    path,
    write: async files => {
      for (const [name, content] of Object.entries(files)) {
        await mkdir(name.endsWith('/') ? join(path, name) : dirname(join(path, name)), { recursive: true })
        if (!name.endsWith('/')) await writeFile(join(path, name), content)
      }
    },
    [Symbol.asyncDispose]: () => rm(path, { recursive: true, force: true })
  }
}
