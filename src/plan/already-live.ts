import { parseAppRun, withWebApiUrl } from '../build/apprun'
import { liveWebApiUrl, type LiveRelease } from '../site/live'
import { filesOf, pointersOf, type Plan, type PlannedFile } from './plan'
import { isSameUrl } from './same-url'

/**
 * Is what the plan would release live already, as far as names, sizes and pointers tell? Then comparing the contents
 * is worth the reading, and a release that is run again ends without doing anything.
 */
export function looksLive(plan: Plan, live: LiveRelease): boolean {
  const { appRun, versionList } = live
  const liveUrl = liveWebApiUrl(live)
  if (plan.version !== plan.previousVersion || liveUrl === undefined) return false
  if (!isSameUrl(plan.webApiUrl, liveUrl)) return false
  const isPointerLive = pointersOf(plan).every(({ bytes }) => {
    return versionList?.bytes.equals(bytes) === true || (appRun && inSpellingOf(liveUrl, bytes)?.equals(appRun.bytes))
  })
  return (
    isPointerLive &&
    filesOf(plan)
      .filter(isContent)
      .every(file => file.size === file.sizeOnSite)
  )
}

/** The same place may be written with or without a slash at the end. Undefined for what is no apprun.json. */
function inSpellingOf(webApiUrl: string, bytes: Buffer): Buffer | undefined {
  try {
    return withWebApiUrl(parseAppRun(bytes, 'apprun.json'), webApiUrl).bytes
  } catch {
    // The other pointer, the version list, is no JSON.
    return undefined
  }
}

function isContent({ content }: PlannedFile): boolean {
  return 'localPath' in content
}
