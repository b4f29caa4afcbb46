import type { SessionSample } from './record'

/** Sessions, with those of this app apart where that is known. */
export type Split = Pick<SessionSample, 'awaited' | 'others'>

/**
 * Which of the sessions are this app's, where several apps share the Web APIs. A session names its application as
 * `Applications.json` does. That this is the name of the app's folder is how PowerServer builds it, and no law
 * (docs/powerserver.md §7): while no session has had such a name, all of them count.
 */
export class OwnSessions {
  readonly #names: ReadonlySet<string>
  #isNameSeen = false

  /** @param names that the app may have, in any case */
  constructor(names: Iterable<string>) {
    this.#names = new Set([...names].filter(name => name !== '').map(name => name.toLowerCase()))
  }

  /** @param applications one for each session */
  split(applications: readonly string[]): Split {
    const own = applications.filter(name => this.#names.has(name.toLowerCase())).length
    this.#isNameSeen ||= own > 0
    return this.#isNameSeen
      ? { awaited: own, others: applications.length - own }
      : { awaited: applications.length, others: 0 }
  }

  /** Are these of one app, as far as they tell? Then their number says as much as their list. */
  isAlone(applications: readonly string[]): boolean {
    const all = new Set(applications.map(name => name.toLowerCase()))
    return all.size <= 1 && (!this.#isNameSeen || [...all].every(name => this.#names.has(name)))
  }
}
