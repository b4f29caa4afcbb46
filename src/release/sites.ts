import { setMaxListeners } from 'node:events'
import { isOneSite } from '../plan/check-plan'
import type { SiteAddress } from '../site/site-url'
import { connect } from '../transport/connect'
import { JumpHost } from '../transport/jump-host'
import { Line, type Open } from '../transport/line'
import type { Login } from '../transport/login'
import type { Transport } from '../transport/port'
import { rehearsal } from '../transport/rehearsal'
import { retrying } from '../transport/retrying'
import { widthOf, type Load } from '../transport/width'
import type { Log } from './log'
import type { Run } from './run'

/** How long an operation in hand may take to end by itself when the run is cancelled: the runner kills after 7.5 s. */
const graceMs = 1_500
const firstPauseMs = 500

/** A site, by two ways over one line. */
export interface Site {
  /** For the work: it stops when the run is cancelled. */
  readonly transport: Transport
  /** For undoing, unlocking and the journal, which must come to their end. */
  readonly steady: Transport
  /** Opens ahead of it the connections that a load will be worth. */
  readonly expect: (load: Load) => void
}

/** The connections of a run. */
export interface Sites extends AsyncDisposable {
  /** The web server. */
  readonly app: Site
  /** The server of Web API B: the same site, where it is the same. */
  readonly webApi: Site
}

/** What the connections to each site will be worth having for. */
export interface Loads {
  readonly app: Load
  readonly webApi: Load
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
      ({ app, webApi }) => {
        app.expect(loads.app)
        webApi.expect(loads.webApi)
      },
      () => undefined
    )
  }

  /** The connected sites, and a word on each in the log. */
  async sites(): Promise<Sites> {
    const sites = await this.#sites
    for (const { transport } of new Set([sites.app, sites.webApi])) {
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
  const close = async (): Promise<void> => {
    await Promise.all(lines.map(line => line[Symbol.asyncDispose]()))
    await jump?.[Symbol.asyncDispose]()
  }
  const open = async (address: SiteAddress, login: Login, expected: Promise<Load>): Promise<Site> => {
    const line = await connectLine(run, address, login, expected, giveUp, jump)
    lines.push(line)
    return {
      transport: viewOf(line, run, run.signal),
      steady: viewOf(line, run),
      expect: load => {
        line.expect(load)
      }
    }
  }
  try {
    const ofApp = loads.then(({ app }) => app)
    const ofWebApi = loads.then(({ webApi }) => webApi)
    const app = await open(settings.site, settings.login, ofApp)
    const webApi = isOneSite(settings) ? app : await open(settings.webApiSite, settings.webApiLogin, ofWebApi)
    return { app, webApi, [Symbol.asyncDispose]: close }
  } catch (error) {
    await close()
    throw error
  }
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
  address: SiteAddress,
  login: Login,
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
  const width = widthOf(address.protocol, settings.connections)
  const open: Open = (isCompressed, course) =>
    connect(address, login, warn, { giveUp, isCompressed, ...(through && { through }), ...course })
  const line = await Line.connect(open, patience, AbortSignal.any([signal, giveUp]), width, expected)
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
