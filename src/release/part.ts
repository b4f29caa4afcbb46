import type { Claims } from './claim'
import type { Decision } from './decide'
import type { Member } from './member'
import type { Run } from './run'

/** What is to be done at one member of a run: without a farm, all of it. */
export interface Part extends Decision {
  readonly claims: Claims
  readonly owns: Member['owns']
  /** As it is told of at the web server. */
  readonly run: Run
  /** As it is told of at the server of Web API B. */
  readonly webApiRun: Run
}
