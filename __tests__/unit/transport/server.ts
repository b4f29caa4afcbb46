import { setMaxListeners } from 'node:events'
import { setImmediate as later } from 'node:timers/promises'
import { DeployError, type ReasonCode } from '../../../src/errors'
import { Line } from '../../../src/transport/line'
import type { Session, Transport } from '../../../src/transport/port'
import { retrying } from '../../../src/transport/retrying'
import type { Width } from '../../../src/transport/width'
import { MemoryDisk, type Contents } from '../../support/memory-disk'
import { broken, MemoryTransport, type Fault } from '../../support/memory-transport'

/**
 * What goes wrong: asked for each operation, and for each connecting as `connect` or `connect compressed`; may keep it
 * waiting.
 */
export type Trouble = (call: string, on: number) => Fault | Error | undefined | Promise<Fault | Error | undefined>

/** A server in memory, and a line to it. */
export interface Server {
  readonly disk: MemoryDisk
  readonly line: Line
  readonly transport: Transport
  /** For what must come to its end. */
  readonly steady: Transport
  readonly connections: MemoryTransport[]
  /** Those of them that compress. */
  readonly compressed: Set<MemoryTransport>
  /** What reached the server, connecting included. */
  readonly calls: string[]
  readonly said: string[]
  readonly controller: AbortController
  trouble: Trouble
}

export interface ServerOptions {
  readonly retries?: number | undefined
  /** How many connections are worth having; one unless said. */
  readonly width?: Width
  /** Operations that a connection carries at once. */
  readonly inFlight?: number
  readonly roundTripMs?: number
  /** Would what is sent shrink? */
  readonly wouldShrink?: boolean
}

export async function server(
  contents: Contents = {},
  trouble: Trouble = () => undefined,
  { retries = 3, width, inFlight = 64, roundTripMs = 1, wouldShrink = false }: ServerOptions = {}
): Promise<Server> {
  const disk = new MemoryDisk(contents)
  const controller = new AbortController()
  // As stop-signal.ts does.
  setMaxListeners(0, controller.signal)
  const lists = { connections: [], compressed: new Set(), calls: [], said: [] }
  const made = { disk, controller, ...lists, trouble } as unknown as {
    -readonly [Key in keyof Server]: Server[Key]
  }
  const open = async (isCompressed: boolean): Promise<Session> => {
    await later()
    const connect = isCompressed ? 'connect compressed' : 'connect'
    made.calls.push(connect)
    const fault = await made.trouble(connect, made.connections.length)
    if (fault) throw fault instanceof Error ? fault : fault.error
    const transport = new MemoryTransport(disk)
    const on = made.connections.length
    transport.inFlight = inFlight
    transport.roundTripMs = roundTripMs
    transport.wouldShrink = wouldShrink
    if (isCompressed) made.compressed.add(transport)
    transport.meddle = async call => {
      await later()
      if (transport.calls.includes('close')) return { done: 'nothing', error: broken() }
      made.calls.push(call)
      const wrong = await made.trouble(call, on)
      return wrong instanceof Error ? { done: 'nothing', error: wrong } : wrong
    }
    made.connections.push(transport)
    return transport
  }
  const say = (text: string): void => void made.said.push(text)
  made.line = await Line.connect(open, { retries, pauseMs: 1, say }, controller.signal, width)
  made.transport = retrying(made.line, controller.signal)
  made.steady = retrying(made.line)
  made.calls.length = 0
  return made
}

export function failure(reasonCode: ReasonCode, cause?: unknown): DeployError {
  return new DeployError(reasonCode, `It was ${reasonCode}.`, 'Wait.', cause)
}

export const busy = failure('transfer-failed', Object.assign(new Error('450 not now'), { code: 450 }))

export function cut(done: Fault['done'] = 'nothing'): Fault {
  return { done, error: broken() }
}

/** The first so many calls that match go wrong. */
export function first(times: number, pattern: RegExp, fault: Fault | Error): Trouble {
  let left = times
  return call => (pattern.test(call) && left-- > 0 ? fault : undefined)
}

/** A connection that breaks at the first call that matches: with it all that comes after it there. */
export function breakingAt(pattern: RegExp, done: Fault['done']): Trouble {
  let broken: number | undefined
  return (call, on) => {
    if (call === 'connect') return undefined
    const isFirst = broken === undefined && pattern.test(call)
    if (isFirst) broken = on
    return on === broken ? cut(isFirst ? done : 'nothing') : undefined
  }
}
