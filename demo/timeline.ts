import type { Sight } from '../__tests__/support/client-watch'
import type { Step } from './runner-view'
import { columns } from './screen'

/** The name of the Web APIs at a URL. */
export type SideOf = (webApiUrl: string) => string

/** What the action did and what clients got for the first time, in the order in which it happened. */
export function timeline(steps: readonly Step[], journeys: readonly (readonly Sight[])[], sideOf: SideOf): string[] {
  const action = steps.map(({ at, name }) => ({ at, cells: [name] }))
  const clients = firsts(journeys.flat()).map(({ at, version, webApiUrl, build }) => ({
    at,
    cells: ['', version, sideOf(webApiUrl), build]
  }))
  const rows = [...action, ...clients].sort((one, other) => one.at - other.at)
  const header = ['ms', 'the action', 'version', 'Web APIs', 'answered by']
  return columns([header, ...rows.map(({ at, cells }) => [String(Math.round(at)), ...cells])], [0])
}

function firsts(sights: readonly Sight[]): Sight[] {
  const byWhat = new Map<string, Sight>()
  for (const sight of [...sights].sort((one, other) => one.at - other.at)) {
    const what = JSON.stringify([sight.version, sight.webApiUrl, sight.build])
    if (!byWhat.has(what)) byWhat.set(what, sight)
  }
  return [...byWhat.values()]
}
