import { print, printHeading, printItem } from './screen'

/** Something that the demo says, and whether it is so. */
export interface Claim {
  readonly text: string
  readonly holds: boolean
  /** What was seen instead. */
  readonly instead?: readonly string[]
}

const SHOWN_AT_MOST = 10

/** Shows each claim and what was seen instead. */
export function printClaims(claims: readonly Claim[], indent: number): void {
  for (const { text, holds, instead = [] } of claims) {
    printItem(`${holds ? 'ok     ' : 'NOT OK '} ${text}`, indent, holds ? 'green' : 'red')
    if (holds) continue
    for (const line of instead.slice(0, SHOWN_AT_MOST)) printItem(line, indent + 8)
    if (instead.length > SHOWN_AT_MOST) print(`and ${instead.length - SHOWN_AT_MOST} more`, indent + 8)
  }
}

/** Shows what it comes to. @returns the exit code */
export function printVerdict(claims: readonly Claim[], seconds: number): number {
  const wrong = claims.filter(({ holds }) => !holds)
  const time = `${seconds.toFixed(1)} s`
  printHeading('Verdict')
  if (wrong.length === 0) {
    print(`All ${claims.length} claims above hold. (${time})`, 2, 'green')
    return 0
  }
  print(`${wrong.length} of ${claims.length} claims do not hold. (${time})`, 2, 'red')
  printClaims(wrong, 2)
  return 1
}
