import { readdirSync, readFileSync } from 'node:fs'

/** A Markdown file of the repository. */
export interface Document {
  /** From the top of the repository, with `/`. */
  readonly path: string
  /** Without code blocks and code spans. */
  readonly prose: string
  readonly headings: readonly string[]
  /** Fenced blocks, with the language after the fence. */
  readonly blocks: readonly { readonly language: string; readonly text: string }[]
}

/** All documents that users and contributors read. */
export function documents(): Document[] {
  const docs = readdirSync('docs', { recursive: true, encoding: 'utf8' }).map(
    name => `docs/${name.replaceAll('\\', '/')}`
  )
  const paths = [...readdirSync('.'), ...docs].filter(path => path.endsWith('.md'))
  return paths.map(path => parse(path, readFileSync(path, 'utf8')))
}

/** All workflows, as `[path, text]`. */
export function workflows(): [path: string, text: string][] {
  const folder = '.github/workflows'
  return readdirSync(folder).map(name => [`${folder}/${name}`, readFileSync(`${folder}/${name}`, 'utf8')])
}

/** The anchor that GitHub gives a heading. */
export function anchorOf(heading: string): string {
  const text = heading.toLowerCase().replaceAll(/[^\p{L}\p{N}\s_-]/gu, '')
  return text.trim().replaceAll(/\s/g, '-')
}

function parse(path: string, text: string): Document {
  const blocks: { language: string; text: string }[] = []
  const withoutBlocks = text.replaceAll(/^```(\S*)\n([\s\S]*?)^```$/gm, (_, language: string, block: string) => {
    blocks.push({ language, text: block })
    return ''
  })
  return {
    path,
    prose: withoutBlocks.replaceAll(/`[^`\n]*`/g, ''),
    headings: [...withoutBlocks.matchAll(/^#{1,6} (.+)$/gm)].map(match => match[1] ?? ''),
    blocks
  }
}
