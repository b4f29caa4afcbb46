// npm run readme: writes the tables of inputs and outputs into README.md, from action.yml. With --check it only looks.
import { readFile, writeFile } from 'node:fs/promises'
import { isMap, isScalar, parseDocument } from 'yaml'

/** @typedef {{ name: string, group: string, description: string, standard: string }} Field an input or an output */

const action = parseDocument(await readFile('action.yml', 'utf8'))
const before = await readFile('README.md', 'utf8')
const after = replaced(replaced(before, 'inputs', inputs(fields('inputs'))), 'outputs', outputs(fields('outputs')))

if (after === before) {
  console.log('README.md has the tables of action.yml.')
} else if (process.argv.includes('--check')) {
  console.error('README.md differs from action.yml: run "npm run readme".')
  process.exitCode = 1
} else {
  await writeFile('README.md', after)
  console.log('README.md is written.')
}

/** In the order of action.yml, each with the comment that it stands under. @param {string} section @returns {Field[]} */
function fields(section) {
  const map = action.get(section)
  if (!isMap(map)) throw new Error(`action.yml has no ${section}.`)
  let group = map.commentBefore?.trim() ?? ''
  return map.items.map(({ key, value }) => {
    if (!isScalar(key) || !isMap(value)) throw new Error(`action.yml has something else than names in ${section}.`)
    group = key.commentBefore?.trim() ?? group
    return {
      name: `\`${String(key.value)}\``,
      group,
      description: cell(String(value.get('description'))),
      standard: value.get('required') === true ? '**required**' : standardOf(String(value.get('default') ?? ''))
    }
  })
}

/** @param {string} text */
function standardOf(text) {
  const lines = text.split('\n').filter(line => line !== '')
  return lines.map(line => `\`${cell(line)}\``).join('<br>') || '–'
}

/** @param {readonly Field[]} all */
function inputs(all) {
  const groups = [...new Set(all.map(field => field.group))]
  const tables = groups.map(group => {
    const members = all.filter(field => field.group === group)
    const rows = members.map(({ name, standard, description }) => [name, standard, description])
    return `### ${group}\n\n${table(['Input', 'Default', 'Meaning'], rows)}`
  })
  return tables.join('\n\n')
}

/** @param {readonly Field[]} all */
function outputs(all) {
  const rows = all.map(({ name, description }) => [name, description])
  return table(['Output', 'Meaning'], rows)
}

/** @param {string} text */
function cell(text) {
  return text.trim().replaceAll('|', '\\|').replace(/\s+/g, ' ')
}

/** @param {string[]} header @param {string[][]} rows */
function table(header, rows) {
  return [header, header.map(() => '---'), ...rows].map(cells => `| ${cells.join(' | ')} |`).join('\n')
}

/** @param {string} text @param {string} name of the markers @param {string} content */
function replaced(text, name, content) {
  const [start, end] = [`<!-- ${name}:start -->`, `<!-- ${name}:end -->`]
  const [from, to] = [text.indexOf(start), text.indexOf(end)]
  if (from < 0 || to < from) throw new Error(`README.md has no ${start} … ${end}.`)
  return `${text.slice(0, from + start.length)}\n\n${content}\n\n${text.slice(to)}`
}
