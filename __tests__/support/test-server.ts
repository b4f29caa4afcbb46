/** What a test knows of a file server, whether a real daemon or one inside this process. */
export interface TestServer {
  readonly protocol: 'sftp' | 'ftp' | 'ftps' | 'ftps-implicit'
  readonly host: string
  readonly port: number
  readonly username: string
  readonly password: string
  /** PEM of a key that may log in; SFTP only. */
  readonly privateKey?: string
  /** `SHA256:…`; SFTP only. */
  readonly hostKey?: string
  /** PEM of the authority behind the certificate; FTPS only. */
  readonly ca?: string
  /** The served folder on this machine: prepare and inspect it directly. */
  readonly root: string
  /** The same folder as a client sees it, for example `/` or `/www`. */
  readonly rootPath: string
  /** Every command so far, a line each, in the order in which the server took them. */
  commands(): Promise<string[]>
  stop(): Promise<void>
}
