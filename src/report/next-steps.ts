import type { ReleaseRecord } from '../release/record'
import { code, fence } from './markdown'
import { notificationOf } from './notification'
import { undoStep } from './undo'

/** What to do now: tell users, keep the old side running, and how to go back. */
export function nextSteps(record: ReleaseRecord): string[] {
  if (record.status === 'deployed') return [...telling(record), ...oldSide(record), ...undoing(record)]
  const lines = [...afterRollback(record), ...afterDrain(record)]
  return lines.length === 0 ? [] : ['### What to do next', lines.map(line => `- ${line}`).join('\n')]
}

function telling(record: ReleaseRecord): string[] {
  const { text } = notificationOf(record)
  if (text === '') return ['### Tell users', 'Ask them to restart the app at their convenience.']
  return [
    '### Tell users',
    'The outputs `notification-text` and `notification-html` have this, ready to be sent:',
    fence('text', text)
  ]
}

function oldSide({ previousWebApiUrl, webApiUrl }: ReleaseRecord): string[] {
  if (previousWebApiUrl === undefined || previousWebApiUrl === webApiUrl) return []
  return [
    `Keep ${code(previousWebApiUrl)} running until its last session has ended: users who have not restarted work there. \`command: drain\` waits for that.`
  ]
}

function undoing(record: ReleaseRecord): string[] {
  const step = undoStep(record)
  if (step === undefined) return []
  return [
    '### How to undo',
    'This step puts back what was live before:',
    fence('yaml', step),
    'Clients do not go back to an older version by themselves, so a bad app is mended by releasing a higher version.'
  ]
}

function afterDrain({ status, command, drain, reasonCode }: ReleaseRecord): string[] {
  if (command !== 'drain' || !drain) return []
  const isRetired = drain.retiredAt !== undefined || reasonCode === 'already-retired'
  if (status === 'drained' || reasonCode === 'already-retired') {
    return [
      `The next release may go to ${code(drain.url)}: nobody loses a session.${isRetired ? ' Its deploy takes `app_offline.htm` away, and so does a rollback to this side.' : ''}`,
      ...(isRetired
        ? []
        : [
            'Until then the Web APIs may be stopped, which frees memory and a license instance; with `retire: true` this step does so.'
          ])
    ]
  }
  if (status !== 'failed' || reasonCode !== 'sessions-remain') return []
  return ['Tell the users who are left to restart the app, and run this step again later. Nothing was changed.']
}

/** What clients will do is decided by them: docs/powerserver.md §4. */
function afterRollback(record: ReleaseRecord): string[] {
  if (record.status !== 'rolled-back' && record.reasonCode !== 'already-rolled-back') return []
  const isCommand = record.command === 'rollback'
  const [undone, now] = isCommand ? [record.previousVersion, record.version] : [record.version, record.previousVersion]
  const url = isCommand ? record.webApiUrl : record.previousWebApiUrl
  const isOtherVersion = undone !== now && undone !== undefined && now !== undefined
  return [
    `Clients that start from now on get ${now === undefined ? 'what they got before' : `version ${code(now)}`}${url === undefined ? '' : ` and the Web APIs ${code(url)}`}.`,
    ...(isOtherVersion
      ? [
          `Clients that have taken version ${code(undone)} in the meantime keep it: they do not go back by themselves, and work with the Web APIs above after a restart. Its files stay on the site for them. If that does not fit, release a mended app under a version higher than ${code(undone)}.`
        ]
      : [
          'Clients that have taken the new files in the meantime load the old ones at their next start, if the app is built to load all files at startup.'
        ]),
    'Users who run the app now are not interrupted; those who started on the other Web APIs stay there until they restart.'
  ]
}
