import { printItem } from './screen'

/** A step of the action, and when it began. */
export interface Step {
  readonly name: string
  /** Milliseconds, of the clock that the view was given. */
  readonly at: number
}

/** Shows what the action prints as a runner would: log groups as headings, masks not at all. */
export class RunnerView {
  readonly steps: Step[] = []
  readonly #now: () => number
  #rest = ''
  #isInGroup = false

  constructor(now: () => number) {
    this.#now = now
  }

  /** Takes output as it comes, in any pieces. */
  hear(piece: string): void {
    const lines = (this.#rest + piece).split(/\r?\n/)
    this.#rest = lines.pop() ?? ''
    for (const line of lines) this.#show(line)
  }

  /** Shows what came without a line end. */
  end(): void {
    if (this.#rest !== '') this.#show(this.#rest)
    this.#rest = ''
  }

  #show(line: string): void {
    const [, command, value = ''] = /^::([a-z-]+)[^:]*::(.*)$/.exec(line) ?? []
    const indent = this.#isInGroup ? 6 : 4
    switch (command) {
      case undefined:
        printItem(line, indent)
        break
      case 'group':
        this.steps.push({ name: value, at: this.#now() })
        printItem(decoded(value), 4, 'bold')
        this.#isInGroup = true
        break
      case 'endgroup':
        this.#isInGroup = false
        break
      case 'error':
        printItem(`error: ${decoded(value)}`, indent, 'red')
        break
      case 'notice':
      case 'warning':
        printItem(`${command}: ${decoded(value)}`, indent, 'yellow')
        break
      default:
      // Masks, debug lines and the like are not for readers.
    }
  }
}

/** The text of a workflow command, which has its line ends and per cent signs written in another way. */
function decoded(value: string): string {
  return value.replace(/%0D/g, '').replace(/%0A/g, '\n').replace(/%25/g, '%')
}
