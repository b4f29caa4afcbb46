import { spawn } from 'node:child_process'
import { mkdtemp, readFile, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { parse } from 'yaml'

/**
 * @typedef {object} Run
 * @property {number | null} exitCode null when it was killed
 * @property {Record<string, string>} outputs
 * @property {string} summary Markdown
 * @property {string} log what it printed, workflow commands included
 * @property {Record<string, string>} state what it saved for the post step
 *
 * @typedef {object} Options
 * @property {string} [bundle] path of dist/index.js
 * @property {string} [node] the runtime to start it with
 * @property {Record<string, string>} [env] further environment variables
 * @property {Record<string, string>} [state] the state of a main step: starts the post step
 * @property {(text: string) => void} [onOutput] hears what it prints, as it prints it
 * @property {(kill: (signal: NodeJS.Signals) => void) => void} [onStart] gets the means to stop it
 */

/**
 * Starts the bundle as a GitHub runner does: inputs (with the defaults of action.yml) as variables, files for outputs,
 * state and summary.
 *
 * @param {Record<string, string>} inputs
 * @param {Options} [options]
 * @returns {Promise<Run>}
 */
export async function runAction(inputs, options = {}) {
  const { bundle = 'dist/index.js', node = process.env.NODE_UNDER_TEST ?? process.execPath } = options
  const folder = await mkdtemp(join(tmpdir(), 'runner-'))
  try {
    const files = { GITHUB_OUTPUT: 'output', GITHUB_STEP_SUMMARY: 'summary', GITHUB_STATE: 'state' }
    for (const [variable, name] of Object.entries(files)) {
      files[/** @type {keyof typeof files} */ (variable)] = join(folder, name)
      await writeFile(join(folder, name), '')
    }
    const env = {
      ...withoutInputs(process.env),
      RUNNER_TEMP: folder,
      ...files,
      ...(await inputVariables(inputs)),
      ...Object.fromEntries(Object.entries(options.state ?? {}).map(([name, value]) => [`STATE_${name}`, value])),
      ...options.env
    }
    const { exitCode, log } = await start(node, bundle, env, options)
    return {
      exitCode,
      log,
      outputs: fileCommands(await readFile(files.GITHUB_OUTPUT, 'utf8')),
      state: fileCommands(await readFile(files.GITHUB_STATE, 'utf8')),
      summary: await readFile(files.GITHUB_STEP_SUMMARY, 'utf8')
    }
  } finally {
    await rm(folder, { recursive: true, force: true })
  }
}

/**
 * @param {string} node
 * @param {string} bundle
 * @param {Record<string, string | undefined>} env
 * @param {Options} options
 * @returns {Promise<Pick<Run, 'exitCode' | 'log'>>}
 */
function start(node, bundle, env, { onOutput, onStart }) {
  return new Promise((resolve, reject) => {
    const child = spawn(node, [bundle], { env, stdio: ['ignore', 'pipe', 'pipe'] })
    let log = ''
    const hear = (/** @type {Buffer} */ chunk) => {
      log += chunk.toString()
      onOutput?.(chunk.toString())
    }
    child.stdout.on('data', hear)
    child.stderr.on('data', hear)
    child.on('error', reject)
    child.on('close', exitCode => {
      resolve({ exitCode, log })
    })
    onStart?.(signal => {
      child.kill(signal)
    })
  })
}

/** The inputs as the runner passes them, defaults filled in. @param {Record<string, string>} inputs */
async function inputVariables(inputs) {
  /** @type {{ inputs: Record<string, { default?: string }> }} */
  const action = parse(await readFile('action.yml', 'utf8'))
  /** @type {Record<string, string>} */
  const all = {}
  for (const [name, { default: standard = '' }] of Object.entries(action.inputs)) {
    all[name] = standard.replace('${{ github.token }}', '')
  }
  return Object.fromEntries(
    Object.entries({ ...all, ...inputs }).map(([name, value]) => [`INPUT_${name.toUpperCase()}`, value])
  )
}

/** @param {NodeJS.ProcessEnv} env */
function withoutInputs(env) {
  return Object.fromEntries(Object.entries(env).filter(([name]) => !/^(INPUT|STATE|GITHUB)_/i.test(name)))
}

/** Reads `name<<delimiter … delimiter` blocks, which is how a step sets outputs. @param {string} text */
function fileCommands(text) {
  /** @type {Record<string, string>} */
  const values = {}
  for (const match of text.matchAll(/^(.+?)<<(ghadelimiter_\S+)\r?\n([\s\S]*?)\r?\n?\2$/gm)) {
    values[match[1] ?? ''] = match[3] ?? ''
  }
  return values
}
