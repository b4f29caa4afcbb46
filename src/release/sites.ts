import type { Settings } from '../inputs/settings'
import { isOneSite } from '../plan/check-plan'
import { connect } from '../transport/connect'
import type { Transport } from '../transport/port'
import { rehearsal } from '../transport/rehearsal'
import type { Log } from './log'

/** The connections of a run. */
export interface Sites extends AsyncDisposable {
  /** The web server. */
  readonly app: Transport
  /** The server of Web API B: the same connection, where it is the same site. */
  readonly webApi: Transport
}

/** Connects to all sites; for a dry run such that nothing can be written. */
export async function connectSites(settings: Settings, log: Log): Promise<Sites> {
  const warn = (text: string): void => {
    log.warning(text)
  }
  const open = async (address: Settings['site'], login: Settings['login']): Promise<Transport> => {
    const transport = await connect(address, login, warn)
    log.info(`Connected to ${transport.description}, root ${transport.root}`)
    return settings.dryRun ? rehearsal(transport) : transport
  }
  const app = await open(settings.site, settings.login)
  if (isOneSite(settings)) {
    return { app, webApi: app, [Symbol.asyncDispose]: () => app[Symbol.asyncDispose]() }
  }
  try {
    const webApi = await open(settings.webApiSite, settings.webApiLogin)
    const close = async (): Promise<void> => {
      await app[Symbol.asyncDispose]()
      await webApi[Symbol.asyncDispose]()
    }
    return { app, webApi, [Symbol.asyncDispose]: close }
  } catch (error) {
    await app[Symbol.asyncDispose]()
    throw error
  }
}
