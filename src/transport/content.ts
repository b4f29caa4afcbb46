/** What is written to a site: a file on the runner, or bytes that the action made. */
export type Content = { readonly localPath: string; readonly size: number } | { readonly bytes: Buffer }

/** Size in bytes. */
export function sizeOf(content: Content): number {
  return 'bytes' in content ? content.bytes.length : content.size
}
