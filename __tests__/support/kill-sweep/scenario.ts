import type { SamplePackage } from '../sample-package'
import { CLOUD_APP, differences, filesBelow, leftoversIn, withoutState, withoutTemporary } from './places'
import type { Files, SavedSite } from './places'

/** A run that is going to be killed: where it begins and what it is for. */
export interface Scenario {
  readonly name: string
  readonly inputs: Readonly<Record<string, string>>
  readonly before: SavedSite
  /** The releases that clients may get, in the order in which they were made. */
  readonly builds: readonly SamplePackage[]
  /** The site as clients had it before this run, and as they have it after it. */
  readonly old: WholeSite
  readonly new: WholeSite
  /** May the version folder of the release be there, or be there in part? Nothing points to it when it is not live. */
  readonly unseen: string | undefined
}

/** A scenario, and how it went when nothing killed it. */
export interface Rehearsed extends Scenario {
  /** What was done on the site that the journal is about, in order: each name with how often it was met until then. */
  readonly steps: readonly string[]
  /** How many steps there were, uploads included. */
  readonly allSteps: number
  /** From its first output to its first step, and from there to its end. */
  readonly milliseconds: { readonly before: number; readonly steps: number }
  /** For how long a pointer was missing at the longest. */
  readonly pointerGapMs: number
}

/** A release, all of it. */
export interface WholeSite {
  readonly files: Files
  /** Folders that say nothing about it. */
  readonly except: readonly string[]
}

/**
 * What is wrong with a site on which a run was killed, and mended: the cloud app must be all old or all new.
 *
 * What the new build no longer has may still be there: it goes with the clean-up of the next release.
 */
export function whyNotWhole(found: Files, { old, new: fresh, unseen }: Scenario): string[] {
  const except = [...(unseen === undefined ? [] : [`${CLOUD_APP}${unseen}/`]), ...old.except]
  const app = withoutTemporary(filesBelow(found, CLOUD_APP))
  const asOld = differences(filesBelow(app, CLOUD_APP, except), filesBelow(old.files, CLOUD_APP, except))
  if (asOld.length === 0) return []
  const retired = [...filesBelow(old.files, CLOUD_APP).keys()].filter(path => !fresh.files.has(path))
  const asNew = differences(
    filesBelow(app, CLOUD_APP, [...fresh.except, ...retired]),
    filesBelow(fresh.files, CLOUD_APP, [...fresh.except, ...retired])
  )
  return asNew.length === 0 ? [] : [`not old: ${some(asOld)}; not new: ${some(asNew)}`]
}

/**
 * What is wrong with a site on which the run was done again: it must be as the undisturbed one leaves it, but for what
 * only staysBehind.
 */
export function whyNotDone(found: Files, scenario: Scenario): string[] {
  const { files, except } = scenario.new
  const behind = staysBehind(found, scenario)
  const site = filesBelow(withoutState(found), '', [...except, ...behind])
  const wrong = [...differences(site, filesBelow(withoutState(files), '', except)), ...leftoversIn(found)]
  return wrong.length === 0 ? [] : [some(wrong)]
}

/** Files of the cloud app that the release was to take away at last: no client asks for them. */
export function staysBehind(found: Files, { old, new: fresh }: Scenario): string[] {
  const retired = filesBelow(old.files, CLOUD_APP)
  const behind = [...retired].filter(([path, content]) => !fresh.files.has(path) && found.get(path) === content)
  return behind.map(([path]) => path).filter(path => !fresh.except.some(folder => path.startsWith(folder)))
}

function some(lines: readonly string[]): string {
  return `${lines.slice(0, 6).join(', ')}${lines.length > 6 ? `, and ${lines.length - 6} more` : ''}`
}
