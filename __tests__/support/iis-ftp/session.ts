import { posix } from 'node:path'
import type { SecureContext } from 'node:tls'
import type { ClientLimit } from '../client-limit'
import { LOOPBACK_HOST } from '../loopback'
import type { ControlConnection } from './control-connection'
import { DataConnection } from './data-connection'
import type { DataRefusals, UploadFaults } from './faults'
import type { WindowsFiles } from './files'
import { dosListing, ftpTime } from './listing'
import { FEATURES, WindowsError, windowsText, type WindowsLanguage } from './texts'
import { receive, sendFile, sendText, type TransferEnd } from './transfer'

/** What a server makes of its clients' commands. */
export interface SessionOptions {
  /** EPSV is not known (500), or not for this network (522). */
  readonly epsv?: 'refused' | 'other-network'
  /** What PASV names instead of the address of the server. */
  readonly passiveHost?: string
  /** Drop a control connection after so many commands on it, those of the login included. */
  readonly cutControlAfter?: number
  /** Carry the last one of them out, but do not say so. */
  readonly loseReply?: boolean
  /** That of Windows; it tells of a file in use, all else is said in English. */
  readonly language?: WindowsLanguage
}

/** What the sessions of all clients of a server share. */
export interface FtpService {
  readonly options: SessionOptions
  readonly username: string
  readonly password: string
  readonly files: WindowsFiles
  readonly faults: UploadFaults
  readonly dataRefusals: DataRefusals
  /** Those who may be logged in at the same time. */
  readonly loginLimit: ClientLimit<ControlConnection>
  /** With it, nothing works in clear. */
  readonly tls: SecureContext | undefined
}

/** Carries a command out and returns the reply, unless it has replied already. */
type Command = (argument: string) => Reply | Promise<Reply>
type Reply = string | undefined

const BEFORE_LOGIN = ['AUTH', 'FEAT', 'NOOP', 'OPTS', 'PASS', 'PBSZ', 'PROT', 'QUIT', 'SYST', 'USER']
const WITHOUT_ARGUMENT = ['CDUP', 'EPSV', 'FEAT', 'LIST', 'NLST', 'NOOP', 'PASS', 'PASV', 'PWD', 'QUIT', 'SYST']
const POLICY = '534 Policy requires SSL.'
const TRANSFERS = ['APPE', 'LIST', 'NLST', 'RETR', 'STOR']
const BAD_SEQUENCE = '503 Bad sequence of commands.'
const NOT_UNDERSTOOD = '500 Command not understood.'

/** Talks to one client as the FTP server of IIS does. */
export class FtpSession {
  private readonly control: ControlConnection
  private readonly service: FtpService
  private user = ''
  private isLoggedIn = false
  private folder = '/'
  private renameFrom: string | undefined
  private restart = 0
  private isDataSecure = false
  private commandsSoFar = 0
  private data: DataConnection | undefined

  private readonly commands: Readonly<Record<string, Command>> = {
    USER: name => {
      if (this.service.tls && !this.control.isSecure) return POLICY
      this.user = name
      this.isLoggedIn = false
      return '331 Password required'
    },
    PASS: password => {
      const { username, loginLimit } = this.service
      this.isLoggedIn = false
      if (this.user !== username || password !== this.service.password) return '530 User cannot log in.'
      if (!loginLimit.admits(this.control)) return '530 User cannot log in, too many connections.'
      this.isLoggedIn = true
      return '230 User logged in.'
    },
    AUTH: async mechanism => {
      const { tls } = this.service
      if (!tls) return '534 Local policy on server does not allow TLS secure connections.'
      if (!/^(TLS|TLS-C|SSL|TLS-P)$/i.test(mechanism)) return '504 Security mechanism not implemented.'
      if (this.control.isSecure) return BAD_SEQUENCE
      await this.control.secure(tls, '234 AUTH command ok. Expecting TLS Negotiation.')
      return undefined
    },
    PBSZ: () => (this.control.isSecure ? '200 PBSZ command successful.' : BAD_SEQUENCE),
    PROT: level => {
      if (!this.control.isSecure) return BAD_SEQUENCE
      if (level.toUpperCase() !== 'P') return POLICY
      this.isDataSecure = true
      return '200 PROT command successful.'
    },
    SYST: () => '215 Windows_NT',
    FEAT: () => ['211-Extended features supported:', ...FEATURES.map(name => ` ${name}`), '211 END'].join('\r\n'),
    OPTS: option =>
      option.toUpperCase() === 'UTF8 ON'
        ? '200 OPTS UTF8 command successful - UTF8 encoding now ON.'
        : '501 Option not supported.',
    NOOP: () => '200 noop command successful.',
    QUIT: () => {
      this.control.reply('221 Goodbye.')
      this.control.end()
      return undefined
    },
    MODE: mode => (mode.toUpperCase() === 'S' ? '200 MODE S ok.' : '504 Unimplemented MODE type.'),
    STRU: structure => (structure.toUpperCase() === 'F' ? '200 STRU F ok.' : '504 Unimplemented STRU type.'),
    TYPE: type => (/^[AI]/i.test(type) ? `200 Type set to ${type.toUpperCase()}.` : '504 Type not supported.'),

    PWD: () => `257 ${quoted(this.folder)} is current directory.`,
    CWD: path => this.changeFolder(path, 'CWD'),
    CDUP: () => this.changeFolder('..', 'CDUP'),
    SIZE: path => `213 ${this.files.fileStats(this.absolute(path)).size}`,
    MDTM: path => `213 ${ftpTime(this.files.stats(this.absolute(path)).mtime)}`,
    MKD: path => {
      this.files.makeFolder(this.absolute(path))
      return `257 ${quoted(this.absolute(path))} directory created.`
    },
    RMD: path => {
      this.files.removeFolder(this.absolute(path))
      return '250 RMD command successful.'
    },
    DELE: path => {
      this.files.removeFile(this.absolute(path))
      return '250 DELE command successful.'
    },
    RNFR: path => {
      this.files.stats(this.absolute(path))
      this.renameFrom = this.absolute(path)
      return '350 Requested file action pending further information.'
    },
    RNTO: path => {
      const from = this.renameFrom
      this.renameFrom = undefined
      if (from === undefined) return BAD_SEQUENCE
      this.files.rename(from, this.absolute(path))
      return '250 RNTO command successful.'
    },

    PASV: async () => {
      const { port } = await this.openData()
      const host = (this.service.options.passiveHost ?? LOOPBACK_HOST).replaceAll('.', ',')
      return `227 Entering Passive Mode (${host},${port >> 8},${port & 0xff}).`
    },
    EPSV: async () => {
      const { epsv } = this.service.options
      if (epsv === 'refused') return NOT_UNDERSTOOD
      if (epsv === 'other-network') return '522 Network protocol not supported, use (2).'
      const { port } = await this.openData()
      return `229 Entering Extended Passive Mode (|||${port}|)`
    },
    REST: offset => {
      if (!/^\d+$/.test(offset)) return '501 Invalid offset.'
      this.restart = Number(offset)
      return `350 Restarting at ${offset}.`
    },
    LIST: path => this.sendListing(path, dosListing),
    NLST: path => this.sendListing(path, entries => entries.map(({ name }) => `${name}\r\n`).join('')),
    RETR: path => this.download(path),
    STOR: path => this.upload(path, this.restart > 0 ? 'restart' : 'replace'),
    APPE: path => this.upload(path, 'append')
  }

  constructor(control: ControlConnection, service: FtpService) {
    this.control = control
    this.service = service
    control.onLine(line => this.obey(line))
    control.whenClosed(() => {
      this.data?.close()
      service.loginLimit.leave(control)
    })
    control.reply('220 Microsoft FTP Service')
  }

  private get files(): WindowsFiles {
    return this.service.files
  }

  private absolute(path: string): string {
    return posix.resolve('/', this.folder, path)
  }

  private async obey(line: string): Promise<void> {
    const [, verb = '', argument = ''] = /^(\S*) ?(.*)$/s.exec(line) ?? []
    const name = verb.toUpperCase()
    this.commandsSoFar++
    try {
      this.answer(this.refusalOf(name, argument) ?? (await this.commands[name]?.(argument)))
    } catch (error) {
      this.answer(`550 ${windowsText(error, this.service.options.language ?? 'en')} `)
      this.data?.close()
    }
    if (TRANSFERS.includes(name)) this.restart = 0
  }

  private answer(reply: Reply): void {
    const { cutControlAfter, loseReply } = this.service.options
    if (this.commandsSoFar === cutControlAfter) this.control.drop(loseReply ? undefined : reply)
    else if (reply !== undefined) this.control.reply(reply)
  }

  private refusalOf(name: string, argument: string): Reply {
    if (!(name in this.commands)) return NOT_UNDERSTOOD
    if (!this.isLoggedIn && !BEFORE_LOGIN.includes(name)) return '530 Please login with USER and PASS.'
    if (!argument && !WITHOUT_ARGUMENT.includes(name)) return '501 Server cannot accept argument.'
    const isTransfer = TRANSFERS.includes(name)
    if (isTransfer && this.service.tls && !this.isDataSecure) return POLICY
    if (isTransfer && !this.data) return '425 Use PASV or EPSV first.'
    if (!isTransfer || !this.service.dataRefusals.refusesNext()) return undefined
    this.data?.close()
    this.data = undefined
    return "425 Can't open data connection."
  }

  private changeFolder(path: string, command: string): string {
    const folder = this.absolute(path)
    this.files.checkFolder(folder)
    this.folder = folder
    return `250 ${command} command successful.`
  }

  private async openData(): Promise<DataConnection> {
    this.data?.close()
    this.data = await DataConnection.open(this.isDataSecure ? this.service.tls : undefined)
    return this.data
  }

  private sendListing(argument: string, format: typeof dosListing): Promise<Reply> {
    // Options of `ls`, which some clients send, are no part of the path.
    const path = argument.replace(/^-\S+\s*/, '')
    const text = format(this.files.list(this.absolute(path)))
    return this.transfer(async data => {
      await sendText(data, text)
      return 'complete'
    })
  }

  private async download(path: string): Promise<Reply> {
    const start = this.restart
    const file = await this.files.openToRead(this.absolute(path))
    return this.transfer(async data => {
      try {
        await sendFile(data, file, start)
        return 'complete'
      } finally {
        await file.close()
      }
    })
  }

  /** The file is there, and empty, before the first byte comes. */
  private async upload(path: string, mode: 'replace' | 'append' | 'restart'): Promise<Reply> {
    const file = await this.files.openToWrite(this.absolute(path), mode)
    const start = mode === 'append' ? (await file.stat()).size : this.restart
    return this.transfer(async data => {
      try {
        return await receive(data, file, start, this.files, this.service.faults.next(this.absolute(path)))
      } finally {
        await file.close()
      }
    })
  }

  private async transfer(work: (data: DataConnection) => Promise<TransferEnd>): Promise<Reply> {
    const { data } = this
    if (!data) return BAD_SEQUENCE
    this.control.reply(
      data.isConnected
        ? '125 Data connection already open; Transfer starting.'
        : '150 Opening BINARY mode data connection.'
    )
    let end: TransferEnd
    try {
      end = await work(data)
    } catch (error) {
      if (error instanceof WindowsError) throw error
      end = 'cut'
    }
    if (end === 'stall') {
      await this.control.closed()
      return undefined
    }
    this.data = undefined
    return end === 'cut' ? '426 Connection closed; transfer aborted.' : '226 Transfer complete.'
  }
}

/** A path as RFC 959 writes it in a reply. */
function quoted(path: string): string {
  return `"${path.replaceAll('"', '""')}"`
}
