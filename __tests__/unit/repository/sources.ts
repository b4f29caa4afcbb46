import { readFileSync } from 'node:fs'
import { parse } from 'yaml'
import { documents, workflows } from './documents'

/** A workflow, or an example in a document: a whole workflow, or a list of steps. */
export interface Source {
  /** Such as `docs/reuse.md, example 2`. */
  readonly where: string
  readonly text: string
  /** Of a list of steps, one without triggers and with one job. */
  readonly workflow: Workflow
  readonly isWhole: boolean
}

export interface Workflow {
  readonly on?: unknown
  readonly permissions?: Permissions
  readonly concurrency?: unknown
  readonly jobs: Readonly<Record<string, Job>>
}

export type Permissions = string | Readonly<Record<string, string>>

export interface Job {
  readonly uses?: string
  readonly with?: Readonly<Record<string, unknown>>
  readonly secrets?: string | Readonly<Record<string, string>>
  readonly if?: string
  readonly 'runs-on'?: unknown
  readonly permissions?: Permissions
  readonly concurrency?: unknown
  readonly 'timeout-minutes'?: number | string
  readonly steps?: readonly Step[]
}

export interface Step {
  readonly id?: string
  readonly uses?: string
  readonly run?: string
  readonly with?: Readonly<Record<string, unknown>>
}

export interface Field {
  readonly description?: string
  readonly default?: unknown
  readonly required?: boolean
}

export interface Action {
  readonly inputs: Readonly<Record<string, Field & { readonly default?: string }>>
  readonly outputs: Readonly<Record<string, Field>>
}

/** What a workflow that can be called declares. */
export interface Callable {
  readonly inputs: Readonly<Record<string, Field & { readonly type: string }>>
  readonly secrets: Readonly<Record<string, Field>>
  readonly outputs: Readonly<Record<string, Field & { readonly value: string }>>
}

export const action = parse(readFileSync('action.yml', 'utf8')) as Action

export const reusable = (
  parse(readFileSync('.github/workflows/hot-deploy.yml', 'utf8')) as { on: { workflow_call: Callable } }
).on.workflow_call

/** All workflows of the repository, and all that the documents show. */
export function sources(): Source[] {
  const examples = documents().flatMap(({ path, blocks }) =>
    blocks
      .filter(({ language }) => ['yaml', 'yml'].includes(language))
      .map(({ text }, n) => sourceOf(`${path}, example ${n + 1}`, text))
  )
  return [...workflows().map(([path, text]) => sourceOf(path, text)), ...examples]
}

/** Throws on what is no YAML. Other YAML, such as a part of a file, has no jobs. */
export function sourceOf(where: string, text: string): Source {
  const parsed = parse(text) as Partial<Workflow> | Step[]
  const workflow = Array.isArray(parsed)
    ? { jobs: { example: { steps: parsed } } }
    : { ...parsed, jobs: parsed.jobs ?? {} }
  return { where, text, workflow, isWhole: !Array.isArray(parsed) && 'jobs' in parsed }
}

/** The events that start it. */
export function triggers({ on }: Workflow): string[] {
  if (typeof on === 'string') return [on]
  return Array.isArray(on) ? (on as string[]) : Object.keys(on ?? {})
}

export function steps({ jobs }: Workflow): Step[] {
  return Object.values(jobs).flatMap(job => job.steps ?? [])
}
