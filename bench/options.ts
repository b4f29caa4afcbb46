import { parseArgs } from 'node:util'
import { readDistances, type Distance } from './distance'

export interface Options {
  readonly distances: readonly Distance[]
  /** Rows to run, by name. */
  readonly only: RegExp
  /** Names of peers; undefined is all. */
  readonly peers: readonly string[] | undefined
  readonly pairs: number
  readonly capSeconds: number
  readonly scale: number
  readonly out: string
}

/** Where results go unless they are to be kept. */
export const RESULTS = '.hot-deploy/bench'

/** Reads the options of the command line. */
export function readOptions(words: readonly string[]): Options {
  const { values } = parseArgs({
    args: [...words],
    options: {
      rtt: { type: 'string', default: '0,20,50,50/100' },
      only: { type: 'string', default: '' },
      peers: { type: 'string' },
      pairs: { type: 'string', default: '5' },
      cap: { type: 'string', default: '120' },
      scale: { type: 'string', default: '1' },
      out: { type: 'string', default: RESULTS }
    }
  })
  return {
    distances: readDistances(values.rtt),
    only: new RegExp(values.only),
    peers: values.peers?.split(','),
    pairs: positive('pairs', values.pairs),
    capSeconds: positive('cap', values.cap),
    scale: positive('scale', values.scale),
    out: values.out
  }
}

function positive(name: string, text: string): number {
  const value = Number(text)
  if (value > 0) return value
  throw new Error(`--${name} is "${text}"; give a number above 0.`)
}
