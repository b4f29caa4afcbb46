import { decodeText, encodeText, type Encoding } from './text-encoding'
import { isVersion, newestVersion } from './version'

/** The version list's name: plain text, in spite of it (docs/powerserver.md §3). */
export const versionListName = 'deploylist.ini.zip'

/** Which deployment versions there are, and the oldest that may still run. */
export interface VersionList {
  readonly bytes: Buffer
  /** `MinimumValidVersion`; undefined where the list has none. */
  readonly minimum: string | undefined
  /** In the order of the file. */
  readonly sections: readonly VersionSection[]
  readonly layout: Layout
}

export interface VersionSection {
  readonly version: string
  /** Header and entries as they are in the file, without line ends. */
  readonly lines: readonly string[]
  /** `OnlineTime`, from when on the version is offered; local time of an unknown zone. */
  readonly onlineTime: string | undefined
}

interface Layout {
  readonly encoding: Encoding
  readonly bom: Buffer
  readonly lineEnd: string
  /** Everything before the first version's section: `[Public]` and what it says. */
  readonly head: readonly string[]
}

/**
 * Reads a version list. Undefined for one that is not the plain text known from real sites: whether newer products
 * still write it so is not documented (docs/powerserver.md §8), and such a list is carried over as it is.
 */
export function parseVersionList(bytes: Buffer): VersionList | undefined {
  const decoded = decodeText(bytes)
  if (!decoded || !/^\s*\[public\]/i.test(decoded.text)) return undefined
  const { text, encoding, bomLength } = decoded
  const groups = groupByHeader(text.split(/\r\n|\n/))
  const sections = groups.flatMap(lines => {
    const version = headerOf(lines[0] ?? '')
    return version && isVersion(version) ? [{ version, lines, onlineTime: valueOf(lines, 'OnlineTime') }] : []
  })
  const others = groups.filter(lines => !isVersion(headerOf(lines[0] ?? '') ?? ''))
  // A section twice, or one that is neither [Public] nor a version, is nothing that we know how to merge.
  const repeated = new Set(sections.map(section => section.version)).size < sections.length
  if (repeated || others.some(lines => headerOf(lines[0] ?? '')?.toLowerCase() !== 'public')) return undefined
  const head = others.flat()
  return {
    bytes,
    minimum: valueOf(head, 'MinimumValidVersion'),
    sections,
    layout: { encoding, bom: bytes.subarray(0, bomLength), lineEnd: text.includes('\r\n') ? '\r\n' : '\n', head }
  }
}

/** The newest version that a list offers; undefined of an empty one. */
export function newestListed(list: VersionList): string | undefined {
  return newestVersion(list.sections.map(section => section.version))
}

/**
 * The list to publish: `[Public]` and the released version's section from the build, in the build's encoding and line
 * ends, and before it the sections of the versions that stay on the site. A packaged list may know its own version
 * only, and publishing it as it is would undeploy the others (docs/powerserver.md §3).
 *
 * @param staying versions whose folders stay on the site
 */
export function mergeVersionLists(
  build: VersionList,
  live: VersionList | undefined,
  version: string,
  staying: ReadonlySet<string>
): VersionList {
  const known = new Map<string, VersionSection>()
  for (const section of [...build.sections, ...(live?.sections ?? [])]) {
    if (staying.has(section.version)) known.set(section.version, section)
  }
  known.delete(version)
  const released = build.sections.filter(section => section.version === version)
  const sections = [...known.values(), ...released]
  if (sections.length === build.sections.length && sections.every((section, n) => isSame(section, build.sections[n]))) {
    return build
  }
  const { encoding, bom, lineEnd, head } = build.layout
  const lines = [head, ...sections.map(section => section.lines)].flatMap(withoutBlankEnd)
  const bytes = Buffer.concat([bom, encodeText(lines.map(line => line + lineEnd).join(''), encoding)])
  return { ...build, bytes, sections }
}

function groupByHeader(lines: string[]): string[][] {
  const groups: string[][] = []
  for (const line of lines) {
    const current = groups.at(-1)
    if (headerOf(line) !== undefined || !current) groups.push([line])
    else current.push(line)
  }
  // Blank lines before the first header are no group of their own.
  return groups.filter(group => group.some(line => line.trim() !== ''))
}

function isSame(a: VersionSection, b: VersionSection | undefined): boolean {
  return b !== undefined && withoutBlankEnd(a.lines).join('\n') === withoutBlankEnd(b.lines).join('\n')
}

function withoutBlankEnd(lines: readonly string[]): readonly string[] {
  return lines.slice(0, lines.findLastIndex(line => line.trim() !== '') + 1)
}

function headerOf(line: string): string | undefined {
  return /^\s*\[(.+)\]\s*$/.exec(line)?.[1]?.trim()
}

function valueOf(lines: readonly string[], key: string): string | undefined {
  for (const line of lines) {
    const [name, ...value] = line.split('=')
    if (value.length > 0 && name?.trim().toLowerCase() === key.toLowerCase()) return value.join('=').trim()
  }
  return undefined
}
