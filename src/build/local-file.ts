/** A file of the build on the runner. */
export interface LocalFile {
  /** Below the folder that was scanned, with `/`. */
  readonly path: string
  readonly size: number
  /** Where to read it, in the runner's spelling. */
  readonly localPath: string
}
