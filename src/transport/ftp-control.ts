import { FTPError, type Client, type FTPContext, type FTPResponse } from 'basic-ftp'

type ResponseHandler = Parameters<FTPContext['handle']>[1]

/** What a server says to a command: that it is done, or why it is refused. */
export type Reply = FTPResponse | FTPError

/** When a server reads a command that comes before it has answered the one before. */
export type ReadsAhead = 'never' | 'between transfers' | 'always'

/** Commands on the control connection of a client, several at once where the server reads them so: a round trip for all. */
export class FtpControl {
  readonly client: Client
  readonly readsAhead: ReadsAhead

  /** @param greeting what the server said of itself */
  constructor(client: Client, greeting: string) {
    this.client = client
    this.readsAhead = readsAheadOf(greeting)
  }

  /**
   * Asks for several things, of which none depends on another.
   *
   * @returns a reply to each, in order
   * @throws what broke the connection
   */
  async ask(commands: readonly string[]): Promise<Reply[]> {
    const isAtOnce = this.readsAhead !== 'never'
    const replies: Reply[] = []
    const { ftp } = this.client
    const { socket } = ftp
    const hear: ResponseHandler = (reply, task) => {
      if (reply instanceof Error && !isRefusal(reply)) {
        task.reject(reply)
        // Nobody is to hear what comes of the commands that are on their way.
        this.client.close()
        return
      }
      replies.push(reply)
      const next = commands[replies.length]
      if (next === undefined) task.resolve(undefined)
      else if (!isAtOnce) ftp.send(next)
    }
    // In one packet.
    socket.cork()
    const answered = ftp.handle(commands[0], hear)
    if (isAtOnce && !this.client.closed) for (const command of commands.slice(1)) ftp.send(command)
    socket.uncork()
    await answered
    return replies
  }

  /**
   * Has two things done, of which the second does no harm when the first is refused.
   *
   * @throws FTPError of the one that was refused first
   */
  async chain(first: string, second: string): Promise<void> {
    if (this.readsAhead === 'never') {
      await this.client.send(first)
      await this.client.send(second)
      return
    }
    for (const reply of await this.ask([first, second])) if (reply instanceof FTPError) throw reply
  }
}

/** 421 says that the server takes no more commands. */
function isRefusal(error: Error): error is FTPError {
  return error instanceof FTPError && error.code !== 421
}

/**
 * Only a greeting can tell. ProFTPD and Pure-FTPd refuse a command that comes during a transfer. IIS is said to lose
 * commands that come early (lftp's ftp:auto-sync-mode), and so may others.
 */
function readsAheadOf(greeting: string): ReadsAhead {
  if (greeting.includes('vsFTPd')) return 'always'
  return /ProFTPD|Pure-FTPd/.test(greeting) ? 'between transfers' : 'never'
}
