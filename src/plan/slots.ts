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
 * The slot for a release: the one that is not live. Of several the one that was unused for longest, so that the sides that
 * may still have users come last; before the first release the first one.
 *
 * @param liveUrl of the live `apprun.json`; undefined where there is none
 * @param used Web API URLs of the releases that are known, the oldest first
 * @throws DeployError `live-slot-unknown`
 */
export function chooseSlot(slots: readonly Slot[], liveUrl: string | undefined, used: readonly string[]): ChosenSlot {
  const [first] = slots
  if (first === undefined) throw new Error('No slots are given.')
  if (liveUrl === undefined) return { idle: first, live: undefined }
  const at = slots.findIndex(({ url }) => isSameUrl(url, liveUrl))
  const live = slots[at]
  if (live === undefined) throw unknownSlot(slots, liveUrl)
  // From the one after it, so that of those that were never used each has its turn.
  const others = [...slots.slice(at + 1), ...slots.slice(0, at)]
  const lastUse = ({ url }: Slot): number => used.findLastIndex(other => isSameUrl(other, url))
  const idle = others.reduce((best, slot) => (lastUse(slot) < lastUse(best) ? slot : best), others[0] ?? live)
  return { idle, live }
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
