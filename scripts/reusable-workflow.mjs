// npm run reusable: writes inputs, secrets, outputs and the `with:` of .github/workflows/hot-deploy.yml, from action.yml.
// With --check it only looks.
import { readFile, writeFile } from 'node:fs/promises'
import { pathToFileURL } from 'node:url'
import { format, resolveConfig } from 'prettier'
import { isMap, parse, parseDocument, Scalar, visit } from 'yaml'

/** @typedef {{ description: string, default?: string, required?: boolean }} Input an input of action.yml */
/** @typedef {{ inputs: Record<string, Input>, outputs: Record<string, { description: string }> }} Action */

const path = '.github/workflows/hot-deploy.yml'

/** A caller passes these as secrets, so that they are masked and need not stand in a workflow. */
const secrets = ['password', 'private-key', 'passphrase', 'web-api-authorization']

/** The token is that of the job; the environment is that of the job as well, and described there. */
const notGenerated = new Set(['github-token', 'environment', ...secrets])

/** Folders and files of the build, which lie in the artifact where there is one. */
const inTheArtifact = ['package', 'cloud-app-path', 'web-api-path', 'build-file']

/**
 * What the reusable workflow has to be: inputs of its own as they are, everything else as action.yml has it.
 *
 * @param {string} actionText action.yml
 * @param {string} workflowText hot-deploy.yml as it is
 * @returns {Promise<string>}
 */
export async function reusableWorkflow(actionText, workflowText) {
  /** @type {Action} */
  const action = parse(actionText)
  const workflow = parseDocument(workflowText)
  const names = Object.keys(action.inputs)
  const inputs = names.filter(name => !notGenerated.has(name))
  const outputs = Object.keys(action.outputs)

  const declared = workflow.getIn(['on', 'workflow_call', 'inputs'])
  if (!isMap(declared)) throw new Error(`${path} has no inputs.`)
  // What it has beyond action.yml is its own, and comes first.
  const isOwn = (/** @type {string} */ name) => !(name in action.inputs) || name === 'environment'
  declared.items = declared.items.filter(({ key }) => isOwn(String(key)))
  for (const name of inputs) declared.set(name, workflow.createNode(declaration(name, action.inputs[name])))

  const call = ['on', 'workflow_call']
  workflow.setIn(
    [...call, 'secrets'],
    workflow.createNode(named(secrets, secretName, name => ({ description: plain(action.inputs[name]?.description) })))
  )
  workflow.setIn(
    [...call, 'outputs'],
    workflow.createNode(
      named(outputs, same, name => ({
        description: plain(action.outputs[name]?.description),
        value: `\${{ jobs.release.outputs.${name} }}`
      }))
    )
  )
  workflow.setIn(
    ['jobs', 'release', 'outputs'],
    workflow.createNode(named(outputs, same, name => `\${{ steps.release.outputs.${name} }}`))
  )
  /** @type {{ id?: string }[]} */
  const steps = workflow.toJS().jobs.release.steps
  const step = steps.findIndex(({ id }) => id === 'release')
  const passed = names.filter(name => name !== 'github-token')
  workflow.setIn(['jobs', 'release', 'steps', step, 'with'], workflow.createNode(named(passed, same, value)))

  visit(workflow, {
    Scalar(key, node) {
      if (key === 'value' && typeof node.value === 'string' && node.value.length > 80)
        node.type ??= foldable(node.value)
    }
  })
  const options = { .../** @type {object} */ (await resolveConfig(path)), filepath: path }
  return format(workflow.toString({ lineWidth: 118, singleQuote: true }), options)
}

/** @param {string} text */
function foldable(text) {
  return text.includes('${{') || text.includes('\n') ? Scalar.PLAIN : Scalar.BLOCK_FOLDED
}

/** @param {string} name @param {Input | undefined} input */
function declaration(name, input) {
  const where = inTheArtifact.includes(name) ? ' With `artifact-name` it is a path in the artifact.' : ''
  const standard = input?.default ?? ''
  return {
    description: plain(input?.description) + where,
    ...typed(standard),
    ...(input?.required === true && { required: true })
  }
}

/** @param {string} standard */
function typed(standard) {
  if (['true', 'false'].includes(standard)) return { type: 'boolean', default: standard === 'true' }
  if (/^\d+$/.test(standard)) return { type: 'number', default: Number(standard) }
  return { type: 'string', ...(standard !== '' && { default: standard }) }
}

/** @param {string} name of an input */
function value(name) {
  if (secrets.includes(name)) return `\${{ secrets.${secretName(name)} }}`
  if (!inTheArtifact.includes(name)) return `\${{ inputs.${name} }}`
  const inside = `format('{0}/hot-deploy-build/{1}', runner.temp, inputs.${name})`
  // No package is the whole artifact; no path beside it is none.
  const condition = name === 'package' ? 'inputs.artifact-name' : `inputs.artifact-name && inputs.${name}`
  return `\${{ ${condition} && ${inside} || inputs.${name} }}`
}

/** As a repository can store it, and so that `secrets: inherit` finds no password of something else. @param {string} name */
function secretName(name) {
  return `HOT_DEPLOY_${name.toUpperCase().replaceAll('-', '_')}`
}

/** @param {string | undefined} description */
function plain(description = '') {
  return description.trim()
}

/** @param {string} name */
function same(name) {
  return name
}

/** @template T @param {string[]} names @param {(name: string) => string} key @param {(name: string) => T} of */
function named(names, key, of) {
  return Object.fromEntries(names.map(name => [key(name), of(name)]))
}

if (import.meta.url === pathToFileURL(process.argv[1] ?? '').href) {
  const before = await readFile(path, 'utf8')
  const after = await reusableWorkflow(await readFile('action.yml', 'utf8'), before)
  if (after === before) {
    console.log(`${path} is what action.yml asks for.`)
  } else if (process.argv.includes('--check')) {
    console.error(`${path} differs from action.yml: run "npm run reusable".`)
    process.exitCode = 1
  } else {
    await writeFile(path, after)
    console.log(`${path} is written.`)
  }
}
