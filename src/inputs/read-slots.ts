import { parse } from 'yaml'
import { messageOf } from '../errors'
import { isSameUrl } from '../plan/same-url'
import type { Slot } from '../plan/slots'
import { normaliseTarget } from '../transport/remote-path'
import type { RawInputs } from './raw-inputs'
import { urlProblem } from './web-address'

const expected = 'a map such as a: { url: https://…, target: salesdemo_API_A } is expected, with two slots or more'

/** Reads `web-api-slots`; undefined when there are none. */
export function readSlots(raw: RawInputs): readonly Slot[] | undefined {
  const text = raw.text('web-api-slots')
  if (text === undefined) return undefined
  const before = raw.problems.length
  const slots = entriesOf(raw, text).flatMap(([name, value]) => readSlot(raw, name, value))
  if (raw.problems.length > before) return undefined
  if (slots.length < 2) raw.problem('web-api-slots', `has ${slots.length} slot(s); ${expected}`)
  refuseSame(raw, slots)
  return slots
}

function entriesOf(raw: RawInputs, text: string): [string, unknown][] {
  try {
    const value: unknown = parse(text)
    if (typeof value === 'object' && value !== null && !Array.isArray(value)) return Object.entries(value)
    raw.problem('web-api-slots', `is no map; ${expected}`)
  } catch (error) {
    raw.problem('web-api-slots', `is no YAML (${messageOf(error).split('\n')[0] ?? ''}); ${expected}`)
  }
  return []
}

function readSlot(raw: RawInputs, name: string, value: unknown): Slot[] {
  const problem = (what: string): Slot[] => {
    raw.problem('web-api-slots', `has the slot "${name}" ${what}`)
    return []
  }
  if (!/^[\w.-]{1,50}$/.test(name)) return problem('with a name that is not of letters, digits, "-", "_" and "."')
  const { url, target, ...others } = (typeof value === 'object' && value !== null ? value : {}) as Record<
    string,
    unknown
  >
  const [other] = Object.keys(others)
  if (other !== undefined) return problem(`with "${other}"; url and target are expected`)
  if (typeof url !== 'string' || typeof target !== 'string') return problem('without url or target, each a text')
  const wrong = urlProblem(url)
  if (wrong !== undefined) return problem(`whose url ${wrong}`)
  if (/[?#]/.test(url)) return problem(`whose url is "${url}"; a URL without "?" and "#" is expected`)
  const folder = normaliseTarget(target)
  if (!folder) {
    return problem(
      `whose target is "${target}"; a folder below the root of the site is expected, without a drive, a leading slash or ".."`
    )
  }
  return [{ name, url, target: folder }]
}

/** The live slot's folder must not be the idle one's, in whatever spelling: IIS knows no case. */
function refuseSame(raw: RawInputs, slots: readonly Slot[]): void {
  for (const [index, slot] of slots.entries()) {
    for (const other of slots.slice(index + 1)) {
      const pair = `"${slot.name}" and "${other.name}"`
      if (isSameUrl(slot.url, other.url)) raw.problem('web-api-slots', `has one URL for the slots ${pair}`)
      if (isWithin(slot.target, other.target) || isWithin(other.target, slot.target)) {
        raw.problem('web-api-slots', `has one folder for the slots ${pair}, or one inside the other`)
      }
    }
  }
}

function isWithin(inner: string, outer: string): boolean {
  return `${inner.toLowerCase()}/`.startsWith(`${outer.toLowerCase()}/`)
}
