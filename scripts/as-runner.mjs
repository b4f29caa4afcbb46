import { spawn } from 'node:child_process'
import { randomInt } from 'node:crypto'
import { mkdtemp, readFile, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { dirname, join } from 'node:path'
import { performance } from 'node:perf_hooks'
import { setTimeout as sleep } from 'node:timers/promises'
import { parse } from 'yaml'

/**
 * @typedef {object} Run
 * @property {number | null} exitCode null when it was killed
 * @property {NodeJS.Signals | null} signal what it was killed by
 * @property {Record<string, string>} outputs
 * @property {string} summary Markdown
 * @property {string} log what it printed, workflow commands included
 * @property {Record<string, string>} state what it saved for the post step
 *
 * @typedef {object} Step
 * @property {Run} main
 * @property {Run | undefined} post
 *
 * @typedef {(signal: NodeJS.Signals | 0) => boolean} Kill false when it had ended already; 0 just asks
 *
 * @typedef {object} Options
 * @property {string} [bundle] path of dist/index.js
 * @property {string} [node] the runtime to start it with
 * @property {Record<string, string>} [env] further environment variables
 * @property {Record<string, string>} [state] the state of a main step: starts the post step
 * @property {(text: string) => void} [onOutput] hears what it prints, as it prints it
 * @property {(kill: Kill) => void} [onStart] gets the means to stop it
 * @property {string} [folder] RUNNER_TEMP, which stays; without it, one that goes with the run
 */

const BUNDLE = 'dist/index.js'
/** What a runner sends to a step that is cancelled, and how long it waits after each: actions/runner, ProcessInvoker. */
const CANCEL = /** @type {const} */ ([
  ['SIGINT', 7500],
  ['SIGTERM', 2500],
  ['SIGKILL', 0]
])
const ASK_AGAIN_MS = 20

/**
 * Starts the bundle as a GitHub runner does: inputs (with the defaults of action.yml) as variables, files for outputs,
 * state and summary.
 *
 * @param {Record<string, string>} inputs
 * @param {Options} [options]
 * @returns {Promise<Run>}
 */
export async function runAction(inputs, options = {}) {
  const { bundle = BUNDLE, node = process.env.NODE_UNDER_TEST ?? process.execPath } = options
  const folder = await mkdtemp(join(options.folder ?? tmpdir(), 'runner-'))
  try {
    const files = { GITHUB_OUTPUT: 'output', GITHUB_STEP_SUMMARY: 'summary', GITHUB_STATE: 'state' }
    for (const [variable, name] of Object.entries(files)) {
      files[/** @type {keyof typeof files} */ (variable)] = join(folder, name)
      await writeFile(join(folder, name), '')
    }
    const env = {
      ...withoutInputs(process.env),
      ...aboutTheRun(),
      RUNNER_TEMP: options.folder ?? folder,
      ...files,
      ...(await inputVariables(inputs)),
      ...Object.fromEntries(Object.entries(options.state ?? {}).map(([name, value]) => [`STATE_${name}`, value])),
      ...options.env
    }
    const ended = await start(node, bundle, env, options)
    return {
      ...ended,
      outputs: fileCommands(await readFile(files.GITHUB_OUTPUT, 'utf8')),
      state: fileCommands(await readFile(files.GITHUB_STATE, 'utf8')),
      summary: await readFile(files.GITHUB_STEP_SUMMARY, 'utf8')
    }
  } finally {
    await rm(folder, { recursive: true, force: true })
  }
}

/**
 * Runs the main step and then, however that ended, the post step with its state: in the same RUNNER_TEMP, with the same
 * inputs, as part of the same workflow run. `onStart` gets the main step only.
 *
 * @param {Record<string, string>} inputs
 * @param {Omit<Options, 'state'> & { killPost?: boolean }} [options] killPost: the runner dies with the main step, so
 *   there is no post step
 * @returns {Promise<Step>}
 */
export async function runAsStep(inputs, { killPost = false, onStart, ...options } = {}) {
  const folder = options.folder ?? (await mkdtemp(join(tmpdir(), 'job-')))
  try {
    const both = { ...options, folder, env: { ...aboutTheRun(), ...options.env } }
    const main = await runAction(inputs, { ...both, ...(onStart && { onStart }) })
    if (killPost) return { main, post: undefined }
    const bundle = join(dirname(options.bundle ?? BUNDLE), 'post.js')
    return { main, post: await runAction(inputs, { ...both, bundle, state: main.state }) }
  } finally {
    if (options.folder === undefined) await rm(folder, { recursive: true, force: true })
  }
}

/**
 * Stops a step as a GitHub runner does when its job is cancelled: SIGINT, after 7.5 s SIGTERM, after another 2.5 s
 * SIGKILL, nothing more once it has ended. On Windows there are no such signals: the first one kills.
 *
 * @param {Kill} kill as `onStart` gets it
 * @returns {Promise<NodeJS.Signals | undefined>} the last signal that it needed; undefined when it had ended before
 */
export async function cancelLikeRunner(kill) {
  /** @type {NodeJS.Signals | undefined} */
  let last
  for (const [signal, patience] of CANCEL) {
    if (!kill(signal)) return last
    last = signal
    const until = performance.now() + patience
    while (performance.now() < until && kill(0)) await sleep(ASK_AGAIN_MS)
  }
  return last
}

/**
 * @param {string} node
 * @param {string} bundle
 * @param {Record<string, string | undefined>} env
 * @param {Options} options
 * @returns {Promise<Pick<Run, 'exitCode' | 'signal' | 'log'>>}
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
    child.on('close', (exitCode, signal) => {
      resolve({ exitCode, signal, log })
    })
    onStart?.(signal => child.kill(signal))
  })
}

/** What a runner says of the workflow run, another one each time. */
function aboutTheRun() {
  return {
    GITHUB_SERVER_URL: 'https://github.com',
    GITHUB_REPOSITORY: 'acme/sales',
    GITHUB_WORKFLOW: 'Release',
    GITHUB_JOB: 'deploy',
    GITHUB_RUN_ID: String(randomInt(10 ** 10, 10 ** 11)),
    GITHUB_RUN_ATTEMPT: '1'
  }
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
