import { readdirSync, statSync, watch, type FSWatcher } from 'node:fs'
import { join, relative } from 'node:path'
import { startIisFtpServer } from '../iis-ftp-server'
import type { TestServer } from '../test-server'
import { CLOUD_APP } from './places'

/** Tells what is done on a site, step by step, while it is done. */
export interface Steps {
  /** Calls a function with each step from now on. @returns ends that */
  follow(hear: (step: string) => void): () => void
}

/** A server whose steps can be followed. */
export interface FollowedServer {
  readonly server: TestServer
  readonly steps: Steps
}

/** Steps of the IIS-like server: commands, each before it is carried out, so that its reply finds nobody any more. */
export async function startFollowedIis(): Promise<FollowedServer> {
  const hearers = new Set<(step: string) => void>()
  const server = await startIisFtpServer({
    tls: true,
    onCommand: line => {
      if (/^(STOR|RNTO|DELE|MKD|RMD) /.test(line)) for (const hear of hearers) hear(nameOf(line))
    }
  })
  const follow = (hear: (step: string) => void): (() => void) => {
    hearers.add(hear)
    return () => hearers.delete(hear)
  }
  return { server, steps: { follow } }
}

/**
 * Steps of any server, seen from its folder: each name that appears, goes, or is renamed. It is heard a moment after it
 * was done, so that a client may have gone on by a command or two.
 */
export function stepsInFolder(root: string): Steps {
  return {
    follow: hear => {
      const watchers = new Map<string, FSWatcher>()
      const enter = (folder: string): void => {
        const watcher = watch(folder, (event, name) => {
          if (event !== 'rename' || name === null) return
          const path = join(folder, name)
          hear(nameOf(relative(root, path)))
          if (isFolder(path)) enter(path)
        })
        watcher.on('error', () => undefined)
        watchers.get(folder)?.close()
        watchers.set(folder, watcher)
        for (const entry of readdirSync(folder, { withFileTypes: true })) {
          if (entry.isDirectory()) enter(join(folder, entry.name))
        }
      }
      enter(root)
      return () => {
        for (const watcher of watchers.values()) watcher.close()
      }
    }
  }
}

/**
 * Is it one of those around which the journal is built: the lock, a record, what clients see, `app_offline.htm`? Not an
 * upload that nobody sees.
 *
 * @param unseen folders of the app to which nothing points, or nothing any more
 */
export function isJournalled(step: string, unseen: readonly string[]): boolean {
  if (/App_Data\/hot-deploy\/\w|app_offline\.htm/.test(step)) return true
  const isUnseen = unseen.some(folder => step.includes(`${CLOUD_APP}${folder}`))
  const isUpload = step.endsWith('-tmp') && !step.startsWith('RNTO ')
  return step.includes(CLOUD_APP) && !isUpload && !isUnseen
}

function isFolder(path: string): boolean {
  return statSync(path, { throwIfNoEntry: false })?.isDirectory() === true
}

/** The same for every run: without ids, tokens and times. */
function nameOf(step: string): string {
  return step.replace(/\d{8}T\d{6}-[\d.]+-[0-9a-f]{6}/, '<id>').replace(/[0-9a-f]{16}\.\d{13}/, '<token>')
}
