import type { ReleaseRecord } from '../release/record'
import { cut, longList } from './long-list'
import { code, plain } from './markdown'

/** What somebody should look at: warnings, and files of the operator that differ from the build's. */
export function remarks(record: ReleaseRecord): string[] {
  return [...warnings(record), ...kept(record)]
}

function warnings({ warnings: all }: ReleaseRecord): string[] {
  return all.length === 0 ? [] : ['### Warnings', longList(all.map(text => `⚠️ ${plain(cut(text))}`))]
}

function kept({ keptDifferent }: ReleaseRecord): string[] {
  if (keptDifferent.length === 0) return []
  return [
    '### Protected files that differ from the build',
    'They were kept as they are on the server. Look whether the new build brings settings that they lack.',
    longList(keptDifferent.map(path => code(cut(path))))
  ]
}
