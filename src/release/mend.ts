import { readLive } from '../site/live'
import { together } from '../transport/in-flight'
import { joinRemote } from '../transport/remote-path'
import { adoptClaims, isStatePath, releaseClaims, type ClaimNote } from './claim'
import { recover } from './recover'
import type { Run } from './run'
import { Connecting } from './sites'
import { tidy } from './tidy'

/**
 * Takes up the locks that a killed step of this run has left, brings the site to a whole state, clears temporary files
 * away, and lets the next run in.
 */
export async function mend(note: ClaimNote, run: Run): Promise<void> {
  const { settings, log } = run
  await using connecting = new Connecting(run)
  const sites = await connecting.sites()
  const claims = await adoptClaims(sites, note, run)
  if (!claims) {
    log.info('The killed step has left no lock.')
    return
  }
  try {
    const versions = new Map(claims.map(({ app }) => [app.site, app.journal.unfinished?.version]))
    const isRepaired = await recover(claims, run)
    await together(
      [...versions].map(async ([{ steady }, version]) => {
        const { leftovers } = await readLive(steady, note.target, version, isStatePath(settings))
        await tidy(steady, joinRemote(steady.root, note.target), leftovers, log)
      })
    )
    if (!isRepaired) log.info('The site needed no repair.')
  } finally {
    await releaseClaims(claims, run)
  }
}
