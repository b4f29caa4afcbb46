import { readFileSync } from 'node:fs'
import { parse } from 'yaml'
import { RawInputs } from '../../../src/inputs/raw-inputs'
import { readSettings, type ReadInputs } from '../../../src/inputs/read'

export interface ActionFile {
  readonly inputs: Readonly<Record<string, { description: string; default?: string; required?: boolean }>>
  readonly outputs: Readonly<Record<string, { description: string }>>
}

export const action = parse(readFileSync('action.yml', 'utf8')) as ActionFile

/** The least that a deploy needs. */
export const least: Readonly<Record<string, string>> = {
  strategy: 'versioning',
  package: 'build/salesdemo',
  site: 'sftp://deployer@web.example.com/C:/inetpub/wwwroot',
  'host-key': `SHA256:${'A'.repeat(43)}`,
  password: 'p4ss-w0rd',
  'web-api-url': 'https://b.example.com/api/'
}

/** Inputs as the runner hands them over: the defaults of action.yml, and over them what a workflow says. */
export function raw(given: Readonly<Record<string, string>> = {}): RawInputs {
  const standard = Object.fromEntries(Object.entries(action.inputs).map(([name, input]) => [name, input.default ?? '']))
  const all = Object.entries({ ...standard, 'github-token': 'ghs_token', ...given })
  return new RawInputs(Object.fromEntries(all.map(([name, value]) => [`INPUT_${name.toUpperCase()}`, value])))
}

/** Reads the least that a deploy needs, and what a test gives besides; an empty text takes an input away. */
export function read(given: Readonly<Record<string, string>> = {}): ReadInputs {
  return readSettings(raw({ ...least, ...given }))
}
