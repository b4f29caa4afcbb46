import { cp, mkdir, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { performance } from 'node:perf_hooks'
import { runAction } from '../../../scripts/as-runner.mjs'
import { watchClients } from '../client-watch'
import { loginInputs } from '../hosting'
import type { SamplePackage } from '../sample-package'
import { CLOUD_APP, saveSite, type SavedSite } from './places'
import type { Rehearsed, Scenario } from './scenario'
import { isJournalled } from './steps'
import { pointerGap, strike, type Outcome, type Place } from './strike'
import { spreadStrikes, strikeEachStep } from './strikes'

/** So many kills, here and there; or one after each step whose name matches. */
export type Kills = number | RegExp

/** What a sweep over one server has found. */
export interface SweepResult {
  readonly server: string
  readonly outcomes: readonly Outcome[]
  readonly rehearsed: readonly Rehearsed[]
  readonly milliseconds: number
}

/** A killed run leaves its lock where not even the post step is run, and the next run waits for so long. */
const OFTEN = { 'lock-stale-after': '1', 'lock-wait': '20' }
const OLDEST = '1.04'
/** A run that ended before its kill is killed earlier, so often. */
const ATTEMPTS = 3

/** Kills releases with both strategies and their rollbacks on a server. */
export async function sweep(
  server: string,
  place: Omit<Place, 'bundle'>,
  kills: Kills,
  random: () => number
): Promise<SweepResult> {
  const started = performance.now()
  const { hosting } = place
  // One bundle for all kills, whatever is built meanwhile.
  const folder = join(hosting.workshop, 'dist')
  await cp('dist', folder, { recursive: true })
  const whole: Place = { ...place, bundle: join(folder, 'index.js') }

  const { deploys, rollbacks } = await rehearse(whole)
  const outcomes: Outcome[] = []
  const strikes =
    kills instanceof RegExp
      ? strikeEachStep(kills, [...deploys, ...rollbacks])
      : spreadStrikes(kills, deploys, rollbacks, random)
  for (const planned of strikes) {
    let { moment } = planned
    for (let attempt = 1; attempt <= ATTEMPTS; attempt += 1) {
      const outcome = await strike(whole, { ...planned, moment })
      outcomes.push(outcome)
      if (outcome.phase !== undefined) break
      moment = { part: 'part' in moment ? moment.part * 0.8 : random() }
    }
  }
  return { server, outcomes, rehearsed: [...deploys, ...rollbacks], milliseconds: performance.now() - started }
}

/**
 * Makes the releases that all begins with, and does once, undisturbed, what is going to be killed.
 *
 * Web API B is one that has run before; the build that comes has an object and an assembly less, and files more.
 */
async function rehearse(place: Place): Promise<{ deploys: Rehearsed[]; rollbacks: Rehearsed[] }> {
  const { hosting } = place
  const { root } = hosting.server
  const zero = await hosting.build('zero', { version: OLDEST, build: 'zero', objects: 13, dlls: 5 })
  const one = await hosting.build('one', { version: '1.05', build: 'one', objects: 13, dlls: 5 })
  const two = await hosting.build('two', { version: '1.06', build: 'two', objects: 12, dlls: 4 })
  const changed = await hosting.build('changed', { version: '1.05', build: 'changed', objects: 12, dlls: 4 })
  await addFile(two, 'images/added.png')
  await addFile(changed, 'images/added.png')
  await addFile(changed, '1.05/salesdemo.pbd/w_added.win.zip')

  await green(place, hosting.inputs(zero, 'b', OFTEN))
  await green(place, hosting.inputs(one, 'a', OFTEN))
  const before = await saveSite(root, join(hosting.workshop, 'before'))
  const all = { files: before.files, except: [] }

  const deploys: Rehearsed[] = []
  const rollbacks: Rehearsed[] = []
  const releases = [
    { name: 'versioning', build: two, unseen: two.version, inputs: { 'keep-versions': '2' } },
    { name: 'replacement', build: changed, unseen: undefined, inputs: { strategy: 'replacement' } }
  ]
  for (const { name, build, unseen, inputs } of releases) {
    const release = {
      name,
      inputs: hosting.inputs(build, 'b', { ...OFTEN, ...inputs }),
      before,
      builds: [one, build],
      // Deleted at last: the release is whole with it and without.
      old: { files: before.files, except: unseen === undefined ? [] : [`${CLOUD_APP}${OLDEST}/`] },
      unseen
    }
    const { after, ...rehearsed } = await once(place, release, name)
    deploys.push({ ...release, ...rehearsed, new: { files: after.files, except: [] } })

    const rollback = {
      name: `rollback of ${name}`,
      inputs: { command: 'rollback', 'app-url': hosting.appUrl, ...loginInputs(hosting.server), ...OFTEN },
      before: after,
      builds: [one, build],
      old: { files: after.files, except: [] },
      unseen
    }
    const course = await once(place, rollback, `${name}-undone`)
    // Against the site before the release. What no client sees stays: the version folder, Web API B; 1.04 is gone.
    const except = unseen === undefined ? [] : [`${CLOUD_APP}${unseen}/`, `${CLOUD_APP}${OLDEST}/`]
    rollbacks.push({ ...rollback, ...course, new: { files: all.files, except: [...except, 'api_b/'] } })
  }
  return { deploys, rollbacks }
}

/** Does what a scenario is for, undisturbed, and looks on. */
async function once(
  place: Place,
  { before, inputs, builds, unseen }: Omit<Scenario, 'new'>,
  name: string
): Promise<Pick<Rehearsed, 'steps' | 'allSteps' | 'milliseconds' | 'pointerGapMs'> & { after: SavedSite }> {
  const { hosting, isReal, isAtomic } = place
  await before.restore(isReal)
  await using watch = await watchClients(hosting.appUrl, builds, { atomic: isAtomic, rollback: true })
  const met = new Map<string, number>()
  const steps: string[] = []
  const times: number[] = []
  const unfollow = place.steps.follow(step => {
    const count = (met.get(step) ?? 0) + 1
    met.set(step, count)
    times.push(performance.now())
    // Of the lock's renewals there is one more or less.
    const isRenewal = step.includes('<token>') && count > 1
    if (isJournalled(step, [OLDEST, ...(unseen === undefined ? [] : [unseen])]) && !isRenewal) {
      steps.push(`${step} #${count}`)
    }
  })
  let began: number | undefined
  await green(place, inputs, () => (began ??= performance.now()))
  const [first = 0] = times
  const milliseconds = { before: first - (began ?? first), steps: performance.now() - first }
  unfollow()
  const { broken, gaps } = await watch.stop()
  if (broken.length > 0) throw new Error(`${name} is broken without a kill: ${broken.join('; ')}`)
  const after = await saveSite(hosting.server.root, join(hosting.workshop, `after-${name}`))
  return { steps, allSteps: times.length, milliseconds, pointerGapMs: pointerGap(gaps), after }
}

async function green(
  { bundle }: Place,
  inputs: Readonly<Record<string, string>>,
  onOutput: () => void = () => undefined
): Promise<void> {
  const run = await runAction(inputs, { bundle, onOutput })
  if (run.exitCode !== 0) throw new Error(`a run failed that nothing disturbed:\n${run.log}`)
}

async function addFile({ cloudApp }: SamplePackage, path: string): Promise<void> {
  const file = join(cloudApp, path)
  await mkdir(join(file, '..'), { recursive: true })
  await writeFile(file, `added as ${path}`)
}
