import type { Entry } from './files'

/** A listing in the MS-DOS style that IIS has unless it is told otherwise. */
export function dosListing(entries: readonly Entry[]): string {
  return entries.map(entry => `${dosLine(entry)}\r\n`).join('')
}

function dosLine({ name, stats }: Entry): string {
  const size = stats.isDirectory() ? `${'<DIR>'.padStart(12)}${' '.repeat(9)}` : String(stats.size).padStart(21)
  return `${dosTime(stats.mtime)}${size} ${name}`
}

/** `01-31-26  09:05PM`, in the server's own time. */
function dosTime(time: Date): string {
  const date = [time.getMonth() + 1, time.getDate(), time.getFullYear() % 100].map(twoDigits).join('-')
  const hours = time.getHours()
  const clock = `${twoDigits(hours % 12 || 12)}:${twoDigits(time.getMinutes())}`
  return `${date}  ${clock}${hours < 12 ? 'AM' : 'PM'}`
}

/** The time in a reply to MDTM, in UTC. */
export function ftpTime(time: Date): string {
  return time.toISOString().replace(/\D/g, '').slice(0, 14)
}

function twoDigits(value: number): string {
  return String(value).padStart(2, '0')
}
