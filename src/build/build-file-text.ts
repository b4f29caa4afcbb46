import { parseTree, type Node, type ParseError } from 'jsonc-parser'
import { DeployError } from '../errors'
import { jsonMistake } from './json-mistake'
import { decodeText } from './text-encoding'

/** The prefix of the line of a `.srj` project object that has the settings (docs/powerserver.md §4). */
const projectLine = /^POWERCLIENT:(.*)$/gm

/**
 * The JSON objects that a build file holds: one in a PBAutoBuild file, one per line of settings in a project object.
 * Comments and trailing commas are allowed, as PBAutoBuild writes and reads them.
 *
 * The file holds passwords and licenses, so no error has any of its text in it, nor a cause that could have.
 *
 * @param path as the user gave it, for messages
 * @throws DeployError `build-file-invalid`
 */
export function parseBuildFileText(bytes: Buffer, path: string): Node[] {
  const text = decodeText(bytes)?.text
  if (text === undefined) throw invalidBuildFile(path, 'it is neither UTF-8 nor UTF-16LE with a byte order mark')
  const lines = [...text.matchAll(projectLine)]
  if (lines.length === 0) return [parseObject(text, 0, text.length, path)]
  return lines.map(({ index, 1: json = '', 0: line }) =>
    parseObject(text, index + line.length - json.length, index + line.length, path)
  )
}

/** What is wrong with a build file, in words that are not from it. */
export function invalidBuildFile(path: string, what: string): DeployError {
  return new DeployError(
    'build-file-invalid',
    `The build file "${path}" cannot be used: ${what}.`,
    'Give the .json that PBAutoBuild has built with, or the .srj of the project object, as build-file. None of its text is shown here, since it may hold passwords and licenses.'
  )
}

/**
 * The value at a path of keys; undefined where there is none.
 *
 * @throws DeployError `build-file-invalid` for a key that is there more than once: PBAutoBuild may take the other one
 */
export function valueAt(root: Node | undefined, keys: readonly string[], path: string): Node | undefined {
  let node = root
  for (const key of keys) {
    const values = propertiesOf(node).filter(property => property.key === key)
    if (values.length > 1) throw invalidBuildFile(path, `it has "${key}" ${values.length} times in one place`)
    node = values[0]?.value
  }
  return node
}

/** Keys and values of an object; none of anything else. */
export function propertiesOf(node: Node | undefined): { readonly key: string; readonly value: Node }[] {
  if (node?.type !== 'object') return []
  return (node.children ?? []).flatMap(({ children: [key, value] = [] }) =>
    key && value ? [{ key: String(key.value), value }] : []
  )
}

function parseObject(text: string, start: number, end: number, path: string): Node {
  const errors: ParseError[] = []
  let root: Node | undefined
  try {
    root = parseTree(text.slice(start, end), errors, { allowTrailingComma: true })
  } catch {
    // The parser goes down into what is nested by calling itself.
    throw invalidBuildFile(path, 'it is nested too deeply')
  }
  const [error] = errors
  if (error) throw invalidBuildFile(path, jsonMistake(text, { ...error, offset: start + error.offset }))
  if (root?.type !== 'object') throw invalidBuildFile(path, 'it holds no JSON object')
  return root
}
