import { asDeployError, DeployError } from '../errors'
import { pointersOf, type Plan } from '../plan/plan'
import { forEachInFlight } from '../transport/in-flight'
import { moveIn, type MoveList } from './moves'
import type { Site } from './sites'

/**
 * The renaming of all staged files of a site to their names, group by group: what is pointed to before what points to it.
 * Between two files it can be stopped, never within one.
 */
export class Switch {
  readonly #site: Site
  readonly #plan: Plan
  readonly #list: MoveList
  readonly #signal: AbortSignal
  readonly #switched: string[] = []

  constructor(site: Site, plan: Plan, list: MoveList, signal: AbortSignal) {
    this.#site = site
    this.#plan = plan
    this.#list = list
    this.#signal = signal
  }

  /**
   * Renames what the pointers lead to.
   *
   * @throws DeployError `switch-incomplete` that says how far it came; the signal's reason
   */
  async moveContent(): Promise<void> {
    await this.#move(this.#list.groups.slice(0, this.#firstPointers))
  }

  /** Renames the pointers, and what comes after them. @throws as moveContent */
  async movePointers(): Promise<void> {
    await this.#move(this.#list.groups.slice(this.#firstPointers))
  }

  get #firstPointers(): number {
    const { groups } = this.#list
    const first = groups.findIndex(group => group.some(({ isPointer }) => isPointer === true))
    return first < 0 ? groups.length : first
  }

  async #move(groups: MoveList['groups']): Promise<void> {
    const { steady } = this.#site
    for (const group of groups) {
      const moves = group.filter(({ kind }) => kind !== 'retire')
      try {
        await forEachInFlight(moves, steady.inFlight, async move => {
          this.#signal.throwIfAborted()
          // Its work is not stopped by the signal.
          await moveIn(steady, move, this.#list)
          this.#switched.push(move.path)
        })
      } catch (error) {
        this.#signal.throwIfAborted()
        throw this.#incomplete(error)
      }
    }
  }

  #incomplete(error: unknown): DeployError {
    const cause = asDeployError(error)
    const moved = pointersOf(this.#plan).flatMap(({ path }) => (this.#switched.includes(path) ? [path] : []))
    const pointers = moved.length > 0 ? `, ${moved.join(' and ')} among them` : ''
    const where = this.#site.name === '' ? '' : ` on ${this.#site.name}`
    return new DeployError(
      'switch-incomplete',
      `The switch${where} broke off after ${this.#switched.length} of ${this.#plan.staged.flat().length} files${pointers}: ${cause.message}`,
      cause.advice,
      cause
    )
  }
}
