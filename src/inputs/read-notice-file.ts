import { isAppRunName } from '../build/apprun'
import { isVersion } from '../build/version'
import { versionListName } from '../build/version-list'
import { whyNotOnWindows } from '../build/windows-name'
import type { RawInputs } from './raw-inputs'

/** Name of the notice, which lies beside `apprun.json` and must be none of the names that clients read there. */
export function readNoticeFile(raw: RawInputs): string | undefined {
  const name = raw.text('notice-file')
  if (name === undefined) return undefined
  const isTaken = isAppRunName(name) || [versionListName, 'index.html'].includes(name.toLowerCase()) || isVersion(name)
  if (isTaken || /[\\/]/.test(name) || whyNotOnWindows(name) !== undefined) {
    raw.problem(
      'notice-file',
      `is "${name}"; the name of a file is expected that the app does not have, without a folder, such as notice.json`
    )
  }
  return name
}
