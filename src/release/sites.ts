import { setMaxListeners } from 'node:events'
import type { Place } from '../inputs/settings'
import { isOneSite } from '../plan/check-plan'
import { namesOf } from '../site/site-names'
import { connect } from '../transport/connect'
import { together } from '../transport/in-flight'
import { JumpHost } from '../transport/jump-host'
import { Line, type Open } from '../transport/line'
import type { Transport } from '../transport/port'
import { rehearsal } from '../transport/rehearsal'
import { retrying } from '../transport/retrying'
import { mostStrangers, widthOf, type Load } from '../transport/width'
import { loadAt, type Loads } from './loads'
import { labelled, type Log } from './log'
import type { Run } from './run'

/** How long an operation in hand may take to end by itself when the run is cancelled: the runner kills after 7.5 s. */
const graceMs = 1_500
const firstPauseMs = 500

/** The most connections to all sites of a farm; each has at least one. */
const mostConnections = 64

/** A site, by two ways over one line. */
export interface Site {
  readonly place: Place
  /** Tells it from the other sites of a farm; empty where there is no other. */
  readonly name: string
  /** For the work: it stops when the run is cancelled. */
  readonly transport: Transport
  /** For undoing, unlocking and the journal, which must come to their end. */
  readonly steady: Transport
  /** Opens ahead of it the connections that a load will be worth. */
  readonly expect: (load: Load) => void
}

/** A web server, and the server of Web API B that goes with it. */
export interface SitePair {
  /** The web server. */
  readonly app: Site
  /** The server of Web API B: the same site, where it is the same. */
  readonly webApi: Site
}

/** The connections of a run. */
export interface Sites extends AsyncDisposable {
  /** Each site once, the first web server first. */
  readonly all: readonly [Site, ...Site[]]
  /** The web servers. */
  readonly apps: readonly [Site, ...Site[]]
  /** The servers of Web API B. */
  readonly webApis: readonly [Site, ...Site[]]
}

/**
 * The sites in pairs, such that each is in one at least: where there are fewer of one kind, the last of them has several
 * partners.
 */
export function pairsOf({ apps, webApis }: Pick<Sites, 'apps' | 'webApis'>): readonly [SitePair, ...SitePair[]] {
  const pair = (index: number): SitePair => ({
    app: apps[Math.min(index, apps.length - 1)] ?? apps[0],
    webApi: webApis[Math.min(index, webApis.length - 1)] ?? webApis[0]
  })
  const count = Math.max(apps.length, webApis.length)
  return [pair(0), ...Array.from({ length: count - 1 }, (_, index) => pair(index + 1))]
}

/** Sites that are being connected to, while there is something else to do; for a dry run such that nothing can be written. */
export class Connecting implements AsyncDisposable {
  readonly #run: Run
  readonly #sites: Promise<Sites>
  readonly #giveUp = new AbortController()
  #know: (loads: Loads) => void = () => undefined
  #isConnected = false

  constructor(run: Run) {
    this.#run = run
    setMaxListeners(0, this.#giveUp.signal)
    const loads = new Promise<Loads>(resolve => {
      this.#know = resolve
    })
    this.#sites = connectSites(run, loads, this.#giveUp.signal)
    // A failure is heard of by whoever asks for the sites.
    this.#sites.then(
      () => (this.#isConnected = true),
      () => undefined
    )
  }

  /** Opens ahead of them the connections that these loads will be worth; beside the first ones, if they are still on their way. */
  expect(loads: Loads): void {
    this.#know(loads)
    this.#sites.then(
      ({ all }) => {
        for (const site of all) site.expect(loadAt(site.place, loads, this.#run.settings))
      },
      () => undefined
    )
  }

  /** The connected sites, and a word on each in the log. */
  async sites(): Promise<Sites> {
    const sites = await this.#sites
    for (const { transport } of sites.all) {
      this.#run.log.info(`Connected to ${transport.description}, root ${transport.root}`)
    }
    return sites
  }

  /** Closes the connections, and gives up those that have not come about. */
  async [Symbol.asyncDispose](): Promise<void> {
    const giveUp = (): void => {
      this.#giveUp.abort(new Error('The run is over.'))
    }
    if (!this.#isConnected) giveUp()
    await this.#sites.then(
      sites => sites[Symbol.asyncDispose](),
      () => undefined
    )
    // There may be another connection on its way.
    setImmediate(giveUp)
  }
}

async function connectSites(run: Run, loads: Promise<Loads>, giveUp: AbortSignal): Promise<Sites> {
  const { settings } = run
  const lines: Line[] = []
  const jump = jumpOf(run, giveUp)
  const places = distinct([...settings.sites, ...settings.webApiSites])
  const names = namesOf(places.map(({ address }) => address))
  const share = Math.max(1, Math.floor(mostConnections / places.length))
  const close = async (): Promise<void> => {
    await Promise.all(lines.map(line => line[Symbol.asyncDispose]()))
    await jump?.[Symbol.asyncDispose]()
  }
  const open = async (place: Place, index: number): Promise<Site> => {
    const name = names[index] ?? ''
    const expected = loads.then(all => loadAt(place, all, settings))
    const line = await connectLine({ ...run, log: labelled(run.log, name) }, place, share, expected, giveUp, jump)
    lines.push(line)
    return {
      place,
      name,
      transport: viewOf(line, run, run.signal),
      steady: viewOf(line, run),
      expect: load => {
        line.expect(load)
      }
    }
  }
  try {
    const all = await together(places.map(open))
    const siteOf = (place: Place): Site[] => all.filter(site => isOneSite(site.place, place))
    return {
      all: all as [Site, ...Site[]],
      apps: settings.sites.flatMap(siteOf) as [Site, ...Site[]],
      webApis: settings.webApiSites.flatMap(siteOf) as [Site, ...Site[]],
      [Symbol.asyncDispose]: close
    }
  } catch (error) {
    await close()
    throw error
  }
}

function distinct(places: readonly Place[]): Place[] {
  return places.filter((place, index) => places.findIndex(other => isOneSite(place, other)) === index)
}

/** One connection to the jump host serves all sites behind it. */
function jumpOf({ settings, log, signal }: Run, giveUp: AbortSignal): JumpHost | undefined {
  if (!settings.jump) return undefined
  const jump = new JumpHost(settings.jump, onceEach(log), giveUp)
  signal.addEventListener('abort', () => {
    setTimeout(() => {
      jump.dropSilent(graceMs)
    }, graceMs).unref()
  })
  return jump
}

async function connectLine(
  { settings, log, record, signal }: Run,
  { address, login }: Place,
  share: number,
  expected: Promise<Load>,
  giveUp: AbortSignal,
  through: JumpHost | undefined
): Promise<Line> {
  const warn = onceEach(log)
  const say = (text: string): void => {
    record.retries += 1
    log.info(text)
  }
  const note = (text: string): void => {
    log.info(text)
  }
  const patience = { retries: settings.retries, pauseMs: firstPauseMs, say, note }
  const width = widthOf(address.protocol, settings.connections, share)
  const ahead = { expected, most: mostStrangers(address.protocol) }
  const open: Open = (isCompressed, course) =>
    connect(address, login, warn, { giveUp, isCompressed, ...(through && { through }), ...course })
  const line = await Line.connect(open, patience, AbortSignal.any([signal, giveUp]), width, ahead)
  signal.addEventListener('abort', () => {
    setTimeout(() => {
      line.dropStopped(graceMs)
    }, graceMs).unref()
  })
  return line
}

/** Warns once, and not for each new connection. */
function onceEach(log: Log): (text: string) => void {
  const warned = new Set<string>()
  return text => {
    if (!warned.has(text)) log.warning(text)
    warned.add(text)
  }
}

function viewOf(line: Line, { settings }: Run, signal?: AbortSignal): Transport {
  const transport = retrying(line, signal)
  return settings.dryRun ? rehearsal(transport) : transport
}
