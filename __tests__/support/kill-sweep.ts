import { fleet, type FleetMember } from './fleet'
import { startHosting } from './hosting'
import { seededRandom } from './kill-sweep/random'
import { startFollowedIis, stepsInFolder, type FollowedServer } from './kill-sweep/steps'
import { sweep, type Kills, type SweepResult } from './kill-sweep/sweep'
import { whyNot } from './servers'

export { harmOf } from './kill-sweep/strike'
export { numbersOf, tableOf, writeSweepReport } from './kill-sweep/table'
export type { SweepResult } from './kill-sweep/sweep'

const { KILL_SWEEP_SERVERS = 'openssh,vsftpd-tls,iis-ftps' } = process.env
const names = KILL_SWEEP_SERVERS.split(',')
/** Most of the time a run waits for its server or a server for its run, so two sweeps go side by side. */
const SIDE_BY_SIDE = 2

/** The servers that are swept, or those of them that KILL_SWEEP_SERVERS names. */
export const sweptMembers: readonly FleetMember[] = fleet.filter(({ name }) => names.includes(name))

/**
 * Kills runs on all servers that can run here, each on a site of its own.
 *
 * @param kills how many, over all servers; or the steps after which to kill, on each of them
 * @param seed with the same one the same kills are planned
 */
export function startSweeps(kills: Kills, seed: number): { resultOf(member: FleetMember): Promise<SweepResult> } {
  const results = new Map<string, Promise<SweepResult>>()
  let before: Promise<unknown>[] = []
  for (const [number, member] of sweptMembers.entries()) {
    if (member.real !== undefined && whyNot(member.real) !== undefined) continue
    const share = typeof kills === 'number' ? Math.ceil((kills - number) / sweptMembers.length) : kills
    const isTurn = before.length < SIDE_BY_SIDE ? Promise.resolve() : Promise.race(before)
    const result = isTurn.then(() => sweepMember(member, share, seededRandom(seed + number)))
    results.set(member.name, result)
    before = [...before, result.catch(() => undefined)].slice(-SIDE_BY_SIDE)
  }
  return {
    resultOf: member => results.get(member.name) ?? Promise.reject(new Error(`${member.name} is not swept`))
  }
}

async function sweepMember(member: FleetMember, kills: Kills, random: () => number): Promise<SweepResult> {
  const { server, steps } = await startFollowed(member)
  await using hosting = await startHosting(server)
  const place = { hosting, steps, isReal: member.real !== undefined, isAtomic: member.guarantee === 'atomic' }
  return await sweep(member.name, place, kills, random)
}

async function startFollowed(member: FleetMember): Promise<FollowedServer> {
  if (member.real === undefined) return startFollowedIis()
  const server = await member.start()
  return { server, steps: stepsInFolder(server.root) }
}
