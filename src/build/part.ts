import { isAppRunName } from './apprun'
import { isVersion } from './version'
import { versionListName } from './version-list'

/** Is this the listing of a built cloud app? */
export function looksLikeCloudApp(names: readonly string[]): boolean {
  const has = (test: (name: string) => boolean): boolean => names.some(test)
  return (
    has(name => name.toLowerCase() === 'index.html') &&
    has(name => isAppRunName(name) || name.toLowerCase() === versionListName || isVersion(name))
  )
}

/** Is this the listing of built Web APIs? (docs/powerserver.md §5) */
export function looksLikeWebApi(names: readonly string[]): boolean {
  return names.some(name => /^serverapis\.(dll|exe)$/i.test(name))
}
