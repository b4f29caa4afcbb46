import { DeployError } from '../errors'
import { isSameUrl } from './same-url'

/** A prepared home for Web APIs. */
export interface Slot {
  readonly name: string
  readonly url: string
  /** Folder below the root of its site. */
  readonly target: string
}

export interface ChosenSlot {
  /** Where the release goes. */
  readonly idle: Slot
  /** Where clients are; undefined before the first release. */
  readonly live: Slot | undefined
}

/**
 * The slot for a release: one that is not live. Of several the one that was unused for longest, so that the sides that
 * may still have users come last; before the first release the first one.
 *
 * @param liveUrls of the live `apprun.json` of each web server; undefined where there is none
 * @param used Web API URLs of the releases that are known, the oldest first
 * @throws DeployError `live-slot-unknown`, `farm-differs`
 */
export function chooseSlot(
  slots: readonly Slot[],
  liveUrls: readonly (string | undefined)[],
  used: readonly string[]
): ChosenSlot {
  const [first] = slots
  if (first === undefined) throw new Error('No slots are given.')
  const lives = liveUrls.flatMap(url => (url === undefined ? [] : (slotOf(slots, url) ?? refuseUnknown(slots, url))))
  const [live] = lives
  if (live === undefined) return { idle: first, live: undefined }
  const at = slots.indexOf(live)
  // From the one after it, so that of those that were never used each has its turn.
  const others = [...slots.slice(at + 1), ...slots.slice(0, at)].filter(slot => !lives.includes(slot))
  const [next] = others
  if (next === undefined) throw allLive(lives)
  const lastUse = ({ url }: Slot): number => used.findLastIndex(other => isSameUrl(other, url))
  return { idle: others.reduce((best, slot) => (lastUse(slot) < lastUse(best) ? slot : best), next), live }
}

function refuseUnknown(slots: readonly Slot[], url: string): never {
  throw unknownSlot(slots, url)
}

function allLive(lives: readonly Slot[]): DeployError {
  const names = [...new Set(lives.map(({ name, url }) => `${name} (${url})`))]
  return new DeployError(
    'farm-differs',
    `The web servers of the farm name different Web APIs, ${names.join(' and ')}, so no slot is idle. Users are on each of them.`,
    'Take the web servers that are behind out of site and out of the load balancer for this once; they get the whole release when they are back.'
  )
}

/** The slot with this URL. */
export function slotOf(slots: readonly Slot[], url: string | undefined): Slot | undefined {
  return url === undefined ? undefined : slots.find(slot => isSameUrl(slot.url, url))
}

/** @param liveUrl undefined where the app is live and nothing on the site tells with which Web APIs */
export function unknownSlot(slots: readonly Slot[], liveUrl: string | undefined): DeployError {
  const known = slots.map(({ name, url }) => `${name} is ${url}`).join(', ')
  return new DeployError(
    'live-slot-unknown',
    liveUrl === undefined
      ? `The site has a live version and no apprun.json, so it is not to be known which slot clients are on: ${known}.`
      : `Clients are on ${liveUrl} (apprun.json says so), and that is no slot: ${known}. So it is not to be known which one is idle.`,
    'Write into web-api-slots the URL of the live Web APIs as one of the slots, or give web-api-url and web-api-target of the idle side for this once.'
  )
}
