// node scripts/release-notes.mjs VERSION: prints what CHANGELOG.md says of a version, for its release. It fails when
// package.json, package-lock.json and CHANGELOG.md do not agree on that version. It needs no package, so that it can run
// before any is installed.
import { readFile } from 'node:fs/promises'
import { pathToFileURL } from 'node:url'

/** @typedef {{ package: string, lock: string, changelog: string }} Texts package.json, package-lock.json, CHANGELOG.md */

/**
 * The section of a version in a changelog, without its heading and without the links at the end of the file.
 *
 * @param {string} version such as 1.2.3
 * @param {Texts} texts
 * @returns {string}
 */
export function releaseNotes(version, texts) {
  if (!/^(0|[1-9]\d*)\.(0|[1-9]\d*)\.(0|[1-9]\d*)$/.test(version)) {
    throw new Error(`"${version}" is not a version such as 1.2.3 (without v).`)
  }
  const lock = JSON.parse(texts.lock)
  for (const [where, found] of [
    ['package.json', JSON.parse(texts.package).version],
    ['package-lock.json', lock.version],
    ['packages[""] of package-lock.json', lock.packages?.['']?.version]
  ]) {
    if (found !== version) throw new Error(`${where} says ${String(found)}, not ${version}: run "npm version".`)
  }
  const notes = sectionOf(version, texts.changelog)
  if (notes === undefined) throw new Error(`CHANGELOG.md has no section "## [${version}] - YYYY-MM-DD".`)
  if (notes === '') throw new Error(`The section of ${version} in CHANGELOG.md is empty.`)
  return notes
}

/** @param {string} version @param {string} changelog */
function sectionOf(version, changelog) {
  const lines = changelog.split(/\r?\n/)
  const heading = new RegExp(`^## \\[${version.replaceAll('.', '\\.')}\\] - \\d{4}-\\d{2}-\\d{2}$`)
  const start = lines.findIndex(line => heading.test(line))
  if (start < 0) return undefined
  const rest = lines.slice(start + 1)
  const end = rest.findIndex(line => /^(## |\[[^\]]+\]: )/.test(line))
  return (end < 0 ? rest : rest.slice(0, end)).join('\n').trim()
}

if (import.meta.url === pathToFileURL(process.argv[1] ?? '').href) {
  const texts = {
    package: await readFile('package.json', 'utf8'),
    lock: await readFile('package-lock.json', 'utf8'),
    changelog: await readFile('CHANGELOG.md', 'utf8')
  }
  try {
    console.log(releaseNotes(process.argv[2] ?? '', texts))
  } catch (error) {
    console.error(/** @type {Error} */ (error).message)
    process.exitCode = 1
  }
}
