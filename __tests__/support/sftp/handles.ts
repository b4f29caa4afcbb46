import { closeSync, type Stats } from 'node:fs'
import { failure } from './status'

export interface OpenFile {
  readonly kind: 'file'
  readonly path: string
  readonly descriptor: number
}

export interface OpenFolder {
  readonly kind: 'folder'
  readonly path: string
  /** What has not been listed yet. */
  readonly entries: { readonly filename: string; readonly stats: Stats }[]
}

/** What one client has open. */
export class SftpHandles {
  private readonly open = new Map<number, OpenFile | OpenFolder>()
  private last = 0

  add(opened: OpenFile | OpenFolder): Buffer {
    const handle = Buffer.alloc(4)
    handle.writeUInt32BE(++this.last)
    this.open.set(this.last, opened)
    return handle
  }

  file(handle: Buffer): OpenFile {
    const opened = this.find(handle)
    if (opened.kind !== 'file') throw failure()
    return opened
  }

  folder(handle: Buffer): OpenFolder {
    const opened = this.find(handle)
    if (opened.kind !== 'folder') throw failure()
    return opened
  }

  path(handle: Buffer): string {
    return this.find(handle).path
  }

  close(handle: Buffer): void {
    const opened = this.find(handle)
    this.open.delete(handle.readUInt32BE())
    if (opened.kind === 'file') closeSync(opened.descriptor)
  }

  /** The client has gone. */
  closeAll(): void {
    for (const opened of this.open.values()) if (opened.kind === 'file') closeSync(opened.descriptor)
    this.open.clear()
  }

  private find(handle: Buffer): OpenFile | OpenFolder {
    const opened = handle.length === 4 ? this.open.get(handle.readUInt32BE()) : undefined
    if (!opened) throw failure()
    return opened
  }
}
