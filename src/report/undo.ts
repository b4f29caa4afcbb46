import type { InputName } from '../inputs/catalogue'
import type { ReleaseRecord } from '../release/record'

/** Names and reference of an action that somebody has copied into an organisation of theirs. */
const anyRef = 'your-org/powerserver-hot-deploy@v1'

const carried = [
  'site',
  'web-api-site',
  'cloud-app-target',
  'app-url',
  'state-path',
  'username',
  'host-key',
  'allow-any-host-key',
  'jump-host',
  'jump-host-key',
  'tls-ca',
  'allow-any-certificate',
  'allow-plain-ftp',
  'readiness-path'
] as const satisfies readonly InputName[]

/** Inputs that come from secrets, with a name that the secret may have. */
const secrets = {
  password: 'DEPLOY_PASSWORD',
  'private-key': 'DEPLOY_PRIVATE_KEY',
  passphrase: 'DEPLOY_PASSPHRASE',
  'web-api-authorization': 'WEB_API_AUTHORIZATION'
} as const satisfies Partial<Record<InputName, string>>

/** What an input is when nobody sets it. */
const defaults: Partial<Record<InputName, string>> = {
  'state-path': 'App_Data/hot-deploy',
  'allow-any-host-key': 'false',
  'allow-any-certificate': 'false',
  'allow-plain-ftp': 'false',
  'readiness-path': '/health-readiness'
}

/**
 * The inputs of a deploy that a rollback of it needs as well.
 *
 * @param text an input as given, undefined when empty. Of secrets only that they are given is used
 */
export function undoInputsOf(text: (name: InputName) => string | undefined): Record<string, string> {
  const values = carried.flatMap(name => {
    const value = text(name)
    return value === undefined || value === defaults[name] ? [] : [[name, literal(value)]]
  })
  const names = Object.entries(secrets).flatMap(([name, secret]) =>
    text(name as InputName) === undefined ? [] : [[name, `\${{ secrets.${secret} }}`]]
  )
  return Object.fromEntries([...values, ...names]) as Record<string, string>
}

/** The workflow step that undoes a release, as YAML to paste; undefined where the journal has no release. */
export function undoStep({ releaseId, actionRef, undoInputs, plan }: ReleaseRecord): string | undefined {
  if (releaseId === undefined) return undefined
  const isKnown = actionRef !== undefined && /^[\w.-]+\/[\w./-]+@[\w./-]+$/.test(actionRef)
  const inputs = {
    command: 'rollback',
    'release-id': releaseId,
    ...(undoInputs ? {} : { site: 'as in the deploy, with its credentials' }),
    ...(plan ? { 'cloud-app-target': literal(plan.cloudAppFolder || '.') } : {}),
    ...undoInputs
  }
  return [
    `- uses: ${isKnown ? actionRef : anyRef}`,
    '  with:',
    ...Object.entries(inputs).map(([name, value]) => `    ${name}: ${scalar(value)}`)
  ].join('\n')
}

/** A value in which the runner finds no expression. */
function literal(value: string): string {
  return value.replaceAll('${{', "${{ '${{' }}")
}

function scalar(value: string): string {
  if (/^\$\{\{ secrets\.\w+ \}\}$/.test(value)) return value
  const lines = value.split('\n')
  if (lines.length > 1 && lines.every(line => /^[!-~]([ -~]*[!-~])?$/.test(line))) {
    return ['|', ...lines.map(line => `      ${line}`)].join('\n')
  }
  const isPlain = /^(?!(true|false|null|yes|no|on|off)$)([A-Za-z]|\d{8}T)[\w./@-]*(:[\w./@-]+)*$/i.test(value)
  // A JSON string is a YAML string too.
  return isPlain || value === 'true' ? value : JSON.stringify(value)
}
