import { closest } from 'fastest-levenshtein'
import { inputNames, type InputName } from './catalogue'

/** A number that is not meant as a limit. */
const unlimited = 999_999

/** The inputs as the runner hands them over, and the list of what is wrong with them. */
export class RawInputs {
  readonly problems: string[] = []
  readonly #environment: NodeJS.ProcessEnv

  constructor(environment: NodeJS.ProcessEnv) {
    this.#environment = environment
    this.#refuseUnknown()
  }

  /** As given, not trimmed: for secrets. Undefined when empty. */
  verbatim(name: InputName): string | undefined {
    return this.#environment[variable(name)] || undefined
  }

  /** Trimmed; undefined when empty. */
  text(name: InputName): string | undefined {
    return this.verbatim(name)?.trim() || undefined
  }

  /** The lines that are not blank, trimmed. */
  lines(name: InputName): string[] {
    return (this.text(name) ?? '')
      .split(/\r\n|\r|\n/)
      .map(line => line.trim())
      .filter(line => line !== '')
  }

  flag(name: InputName): boolean {
    const text = (this.text(name) ?? 'false').toLowerCase()
    if (text !== 'true' && text !== 'false') this.problem(name, `is "${text}"; true or false is expected`)
    return text === 'true'
  }

  /** One of some words; the first one when it is none of them. */
  oneOf<T extends string>(name: InputName, choices: readonly [T, ...T[]]): T {
    const text = this.text(name)
    const choice = choices.find(word => word === text)
    if (choice !== undefined) return choice
    const expected = choices.map(word => `"${word}"`).join(' or ')
    this.problem(
      name,
      text === undefined ? `is missing; ${expected} is expected` : `is "${text}"; ${expected} is expected`
    )
    return choices[0]
  }

  /** A duration in whole seconds, as milliseconds. */
  milliseconds(name: InputName, least = 1): number {
    return this.#number(name, 'a number of seconds', least, unlimited) * 1000
  }

  /** How many of something. */
  count(name: InputName, most: number): number {
    return this.#number(name, 'a number', 0, most)
  }

  /** The most of something; undefined for `auto`. */
  limit(name: InputName, most: number): number | undefined {
    if (this.text(name) === 'auto') return undefined
    return this.#number(name, '"auto" or a number', 1, most)
  }

  problem(name: InputName, what: string): void {
    this.problems.push(`${name} ${what}`)
  }

  #number(name: InputName, what: string, least: number, most: number): number {
    const text = this.text(name) ?? ''
    const value = /^\d{1,6}$/.test(text) ? Number(text) : -1
    if (value >= least && value <= most) return value
    this.problem(
      name,
      `is "${text}"; ${what}, ${most < unlimited || least === 0 ? `${least} to ${most}` : `${least} or more`}, is expected`
    )
    return least
  }

  #refuseUnknown(): void {
    const known: readonly string[] = inputNames
    for (const key of Object.keys(this.#environment)) {
      const name = /^INPUT_(.+)$/i.exec(key)?.[1]?.toLowerCase()
      if (name === undefined || known.includes(name)) continue
      this.problems.push(
        `${name} is no input of this action; did you mean ${closest(name.replaceAll('_', '-'), known)}?`
      )
    }
  }
}

/** The variable in which the runner passes an input (actions/toolkit, core.getInput). */
function variable(name: string): string {
  return `INPUT_${name.toUpperCase()}`
}
