import { normaliseTarget } from '../transport/remote-path'
import { unreadable } from './document'

/**
 * How far a release has come.
 *
 * - `staging`: nothing that clients see is touched.
 * - `switching`: files are being moved; what was moved shows on the site.
 * - `switched`: all files are moved; the check may still be to come.
 * - `undoing`: files are being moved back.
 * - `released`, `rolled-back`: it is over.
 */
export type Phase = 'staging' | 'switching' | 'switched' | 'undoing' | 'released' | 'rolled-back'

/** How the file that a move replaces is kept. */
export type BackupMode =
  /** It is moved away, and the new one takes the free name. */
  | 'move'
  /** It is copied or linked before the switch, and a rename replaces it. */
  | 'copy'

/** A release, as the journal keeps it. */
export interface ReleaseEntry {
  readonly id: string
  readonly phase: Phase
  readonly app: string
  readonly strategy: string
  readonly version: string
  readonly previousVersion?: string | undefined
  readonly minimum?: string | undefined
  readonly webApiUrl: string
  readonly previousWebApiUrl?: string | undefined
  readonly startedAt: string
  /** The moment before its switch; where it was settled by a later run, that moment. */
  readonly releasedAt?: string | undefined
  /** The run that made it. */
  readonly run: string
  readonly guarantee?: 'atomic' | 'replaced' | undefined
  readonly backupMode?: BackupMode | undefined
  /** Folder of Web API B with `app_offline.htm` in it, below the root of its site. */
  readonly offline?: string | undefined
  /** Folder of Web API B below the root of its site; undefined where only the cloud app was released. */
  readonly webApiFolder?: string | undefined
  /** That site: protocol, host, port and root. */
  readonly webApiSite?: string | undefined
}

/** One file of a switch. Paths are below the root of the site. */
export interface Move {
  readonly path: string
  /** `replace` and `create` bring a new file in, `retire` takes one away that the build no longer has. */
  readonly kind: 'replace' | 'create' | 'retire'
  /** Where the old file is kept, below the state folder. */
  readonly backup?: string | undefined
  /** Size in bytes of the old file. */
  readonly oldSize?: number | undefined
  /** SHA-256 of the old file, where it is known. */
  readonly oldHash?: string | undefined
  readonly size?: number | undefined
  readonly hash?: string | undefined
  /** It decides what clients get. */
  readonly isPointer?: boolean | undefined
  /** Other apps of the web server may use it by now, so a file that was not there before stays. */
  readonly isShared?: boolean | undefined
}

const phases: readonly string[] = ['staging', 'switching', 'switched', 'undoing', 'released', 'rolled-back']

/** @throws DeployError `journal-unreadable` */
export function parseEntry(value: unknown, name: string): ReleaseEntry {
  const entry = value as Partial<ReleaseEntry> | null
  const texts = [entry?.id, entry?.app, entry?.strategy, entry?.version, entry?.webApiUrl, entry?.startedAt, entry?.run]
  const isEntry = texts.every(text => typeof text === 'string') && phases.includes(entry?.phase ?? '')
  const folders = [entry?.offline, entry?.webApiFolder]
  const areFolders = folders.every(folder => folder === undefined || folder === '' || isRelative(folder))
  if (!isEntry || !areFolders || !/^[\w.-]+$/.test(entry?.id ?? ''))
    throw unreadable(name, 'a release in it is incomplete')
  return entry as ReleaseEntry
}

/** The groups of a switch, in order. @throws DeployError `journal-unreadable` */
export function parseMoves(content: unknown, name: string): Move[][] {
  const isMoves =
    Array.isArray(content) && content.every(group => Array.isArray(group) && group.every(move => isMove(move)))
  if (!isMoves) throw unreadable(name, 'the moves in it are incomplete')
  return content
}

function isMove(value: unknown): value is Move {
  const move = value as Partial<Move> | null
  const isBackup = move?.backup === undefined || (isRelative(move.backup) && !move.backup.includes('/'))
  return isRelative(move?.path) && isBackup && ['replace', 'create', 'retire'].includes(move.kind ?? '')
}

/** What is renamed or deleted by the journal's word lies below the root, and is one path. */
function isRelative(path: unknown): path is string {
  return typeof path === 'string' && path !== '' && normaliseTarget(path) === path
}
