import { findNodeAtLocation, parseTree, type Node, type ParseError } from 'jsonc-parser'
import { DeployError } from '../errors'
import { jsonMistake } from './json-mistake'
import { decodeText, spliceText, type DecodedText } from './text-encoding'

/**
 * `apprun.json`: which launcher, runtime and Web APIs a client gets (docs/powerserver.md §1). Its bytes are never
 * reformatted.
 */
export interface AppRun {
  readonly bytes: Buffer
  /** As it is in the file: an absolute URL. */
  readonly webApiUrl: string
  /** Path below the site's root or a whole URL; undefined where the file has none. */
  readonly launcher: string | undefined
  readonly runtime: string | undefined
  /** Dotted paths of all keys, to see what a hand-edited live file has and a new one has not. */
  readonly keys: readonly string[]
}

/** The name of the file, in any casing (docs/powerserver.md §1). */
export function isAppRunName(name: string): boolean {
  return name.toLowerCase() === 'apprun.json'
}

/**
 * Reads an `apprun.json`. Strict JSON, as the client's page reads it (docs/powerserver.md §1).
 *
 * @param where the file as the user knows it, for messages
 * @throws DeployError `apprun-invalid` with line and column
 */
export function parseAppRun(bytes: Buffer, where: string): AppRun {
  const { root } = parse(bytes, where)
  const webApi = webApiNode(root, where)
  return {
    bytes,
    webApiUrl: webApi.value as string,
    launcher: stringAt(root, ['deployment_urls', 'launcher']),
    runtime: stringAt(root, ['deployment_urls', 'runtime']),
    keys: keysOf(root)
  }
}

/**
 * The same file with another Web API URL: every byte stays but those of the value of `deployment_urls.web_api`. A file
 * that has this URL already is returned as it is, however the URL is escaped in it.
 */
export function withWebApiUrl(appRun: AppRun, url: string): AppRun {
  if (appRun.webApiUrl === url) return appRun
  const { root, decoded } = parse(appRun.bytes, 'apprun.json')
  const { offset, length } = webApiNode(root, 'apprun.json')
  return {
    ...appRun,
    webApiUrl: url,
    bytes: spliceText(appRun.bytes, decoded, offset, length, JSON.stringify(url))
  }
}

function parse(bytes: Buffer, where: string): { root: Node; decoded: DecodedText } {
  const decoded = decodeText(bytes)
  if (!decoded) {
    throw invalid(where, 'it is neither UTF-8 nor UTF-16LE with a byte order mark')
  }
  const errors: ParseError[] = []
  const root = parseTree(decoded.text, errors, { disallowComments: true, allowTrailingComma: false })
  const error = errors[0]
  if (error) {
    throw invalid(where, jsonMistake(decoded.text, error))
  }
  if (root?.type !== 'object') throw invalid(where, 'it holds no JSON object')
  return { root, decoded }
}

function webApiNode(root: Node, where: string): Node {
  for (const [parent, key] of [
    [root, 'deployment_urls'],
    [findNodeAtLocation(root, ['deployment_urls']), 'web_api']
  ] as const) {
    const count = parent?.children?.filter(property => property.children?.[0]?.value === key).length ?? 0
    // Which of two a client would take depends on its parser, so neither can be patched with a good conscience.
    if (count > 1) throw invalid(where, `it has "${key}" ${count} times`)
  }
  const node = findNodeAtLocation(root, ['deployment_urls', 'web_api'])
  if (!node) throw invalid(where, 'it has no deployment_urls.web_api')
  if (node.type !== 'string' || node.value === '') {
    throw invalid(
      where,
      `deployment_urls.web_api is ${node.value === undefined ? `an ${node.type}` : JSON.stringify(node.value)} and not a URL`
    )
  }
  return node
}

function invalid(where: string, what: string): DeployError {
  return new DeployError(
    'apprun-invalid',
    `${where} cannot be used: ${what}.`,
    'Build the app again with "Apprun.Json" among the app configuration files and with a Web API URL in the PowerServer project object (Deployment > Web API URL).'
  )
}

function stringAt(root: Node, path: string[]): string | undefined {
  const node = findNodeAtLocation(root, path)
  return node?.type === 'string' ? (node.value as string) : undefined
}

function keysOf(node: Node, prefix = ''): string[] {
  if (node.type !== 'object') return []
  return (node.children ?? []).flatMap(property => {
    const [key, value] = property.children ?? []
    const path = `${prefix}${String(key?.value)}`
    return [path, ...(value ? keysOf(value, `${path}.`) : [])]
  })
}
