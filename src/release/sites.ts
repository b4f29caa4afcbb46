import { isOneSite } from '../plan/check-plan'
import type { SiteAddress } from '../site/site-url'
import { connect } from '../transport/connect'
import { Line } from '../transport/line'
import type { Login } from '../transport/login'
import type { Transport } from '../transport/port'
import { rehearsal } from '../transport/rehearsal'
import { retrying } from '../transport/retrying'
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
}

/** The connections of a run. */
export interface Sites extends AsyncDisposable {
  /** The web server. */
  readonly app: Site
  /** The server of Web API B: the same site, where it is the same. */
  readonly webApi: Site
}

/** Connects to all sites; for a dry run such that nothing can be written. */
export async function connectSites(run: Run): Promise<Sites> {
  const { settings } = run
  const lines: Line[] = []
  const close = async (): Promise<void> => {
    await Promise.all(lines.map(line => line[Symbol.asyncDispose]()))
  }
  const open = async (address: SiteAddress, login: Login): Promise<Site> => {
    const line = await connectLine(run, address, login)
    lines.push(line)
    return { transport: viewOf(line, run, run.signal), steady: viewOf(line, run) }
  }
  try {
    const app = await open(settings.site, settings.login)
    const webApi = isOneSite(settings) ? app : await open(settings.webApiSite, settings.webApiLogin)
    return { app, webApi, [Symbol.asyncDispose]: close }
  } catch (error) {
    await close()
    throw error
  }
}

async function connectLine({ settings, log, record, signal }: Run, address: SiteAddress, login: Login): Promise<Line> {
  const warned = new Set<string>()
  const warn = (text: string): void => {
    // Once, and not for each new connection.
    if (!warned.has(text)) log.warning(text)
    warned.add(text)
  }
  const say = (text: string): void => {
    record.retries += 1
    log.info(text)
  }
  const patience = { retries: settings.retries, pauseMs: firstPauseMs, say }
  const line = await Line.connect(() => connect(address, login, warn), patience, signal)
  log.info(`Connected to ${line.transport.description}, root ${line.transport.root}`)
  signal.addEventListener('abort', () => {
    setTimeout(() => {
      line.dropStopped()
    }, graceMs).unref()
  })
  return line
}

function viewOf(line: Line, { settings }: Run, signal?: AbortSignal): Transport {
  const transport = retrying(line, signal)
  return settings.dryRun ? rehearsal(transport) : transport
}
