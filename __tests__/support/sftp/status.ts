import { utils, type SFTPWrapper } from 'ssh2'

const { STATUS_CODE } = utils.sftp

/** What OpenSSH says to a status code. */
const MESSAGES: Readonly<Record<number, string>> = {
  [STATUS_CODE.OK]: 'Success',
  [STATUS_CODE.EOF]: 'End of file',
  [STATUS_CODE.NO_SUCH_FILE]: 'No such file',
  [STATUS_CODE.PERMISSION_DENIED]: 'Permission denied',
  [STATUS_CODE.FAILURE]: 'Failure',
  [STATUS_CODE.BAD_MESSAGE]: 'Bad message',
  [STATUS_CODE.OP_UNSUPPORTED]: 'Operation unsupported'
}

/** A request that the server answers with a status other than OK. */
export class SftpRefusal extends Error {
  readonly code: number

  constructor(code: number) {
    super(MESSAGES[code])
    this.code = code
  }
}

export const noSuchFile = () => new SftpRefusal(STATUS_CODE.NO_SUCH_FILE)
export const permissionDenied = () => new SftpRefusal(STATUS_CODE.PERMISSION_DENIED)
export const failure = () => new SftpRefusal(STATUS_CODE.FAILURE)
export const endOfFile = () => new SftpRefusal(STATUS_CODE.EOF)
export const unsupported = () => new SftpRefusal(STATUS_CODE.OP_UNSUPPORTED)

/** Sends a status with OpenSSH's words for it. */
export function sendStatus(sftp: SFTPWrapper, request: number, code: number = STATUS_CODE.OK): void {
  sftp.status(request, code, MESSAGES[code])
}

/** The status that OpenSSH makes of an error of the file system. */
export function statusOf(error: unknown): number {
  if (error instanceof SftpRefusal) return error.code
  switch ((error as NodeJS.ErrnoException).code) {
    case 'ENOENT':
    case 'ENOTDIR':
    case 'EBADF':
    case 'ELOOP':
      return STATUS_CODE.NO_SUCH_FILE
    case 'EPERM':
    case 'EACCES':
      return STATUS_CODE.PERMISSION_DENIED
    case 'ENAMETOOLONG':
    case 'EINVAL':
      return STATUS_CODE.BAD_MESSAGE
    default:
      return STATUS_CODE.FAILURE
  }
}
