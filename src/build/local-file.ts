/** A file of the build on the runner. */
export interface LocalFile {
  /** Below the folder that was scanned, with `/`. */
  readonly path: string
  readonly size: number
  /** Where to read it, in the runner's spelling. */
  readonly localPath: string
}

/**
 * Where a file lies on a runner.
 *
 * @param folder in the runner's spelling
 * @param path below that folder, with `/`
 * @param separator the runner's
 */
export function localPathIn(folder: string, path: string, separator: string): string {
  const below = separator === '/' ? path : path.replaceAll('/', separator)
  return folder.endsWith(separator) ? folder + below : folder + separator + below
}
