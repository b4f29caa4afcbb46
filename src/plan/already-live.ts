import type { LiveRelease } from '../site/live'
import { filesOf, pointersOf, type Plan } from './plan'

/**
 * Is what the plan would release live already, as far as names, sizes and pointers tell? Then comparing the contents
 * is worth the reading, and a release that is run again ends without doing anything.
 */
export function looksLive(plan: Plan, live: LiveRelease): boolean {
  if (plan.version !== plan.previousVersion) return false
  const livePointers = [live.appRun?.bytes, live.versionList?.bytes]
  const isPointerLive = pointersOf(plan).every(({ bytes }) => livePointers.some(there => there?.equals(bytes) === true))
  return isPointerLive && filesOf(plan).every(file => file.size === file.sizeOnSite)
}
