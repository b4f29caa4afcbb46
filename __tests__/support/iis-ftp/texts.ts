/** What Windows says of an error; IIS puts it after 550. */
export const DENIED = 'Access is denied'
export const IN_USE = 'The process cannot access the file because it is being used by another process'
export const EXISTS = 'Cannot create a file when that file already exists'
export const NOT_FOUND = 'The system cannot find the file specified'
export const NO_FOLDER = 'The system cannot find the path specified'
export const NOT_A_FOLDER = 'The directory name is invalid'
export const BAD_NAME = 'The filename, directory name, or volume label syntax is incorrect'
export const NO_SPACE = 'There is not enough space on the disk'
const NOT_EMPTY = 'The directory is not empty'

/** What Windows in other languages says of a file in use. */
const IN_USE_ABROAD = {
  de: 'Der Prozess kann nicht auf die Datei zugreifen, da sie von einem anderen Prozess verwendet wird',
  es: 'El proceso no tiene acceso al archivo porque está siendo utilizado por otro proceso',
  fr: 'Le processus ne peut pas accéder au fichier car ce fichier est utilisé par un autre processus',
  it: 'Impossibile accedere al file. Il file è utilizzato da un altro processo',
  ja: 'プロセスはファイルにアクセスできません。別のプロセスが使用中です。',
  ko: '다른 프로세스가 파일을 사용 중이기 때문에 프로세스가 액세스 할 수 없습니다',
  pl: 'Proces nie może uzyskać dostępu do pliku, ponieważ jest on używany przez inny proces',
  ru: 'Процесс не может получить доступ к файлу, так как этот файл занят другим процессом',
  zh: '另一个程序正在使用此文件，进程无法访问。'
} as const

export type WindowsLanguage = 'en' | keyof typeof IN_USE_ABROAD

export const FEATURES = [
  'LANG EN*',
  'UTF8',
  'AUTH TLS;TLS-C;SSL;TLS-P;',
  'PBSZ',
  'PROT C;P;',
  'CCC',
  'SIZE',
  'MDTM',
  'REST STREAM'
]

const ERRORS: Readonly<Record<string, string>> = {
  EACCES: DENIED,
  EEXIST: EXISTS,
  EISDIR: DENIED,
  ENOENT: NOT_FOUND,
  ENOSPC: NO_SPACE,
  ENOTDIR: NOT_A_FOLDER,
  ENOTEMPTY: NOT_EMPTY,
  EPERM: DENIED
}

/** A command that the file system of Windows refuses. */
export class WindowsError extends Error {}

/** The words of Windows, with their full stop, for an error of this machine's file system. */
export function windowsText(error: unknown, language: WindowsLanguage): string {
  const english = englishText(error)
  const text = language !== 'en' && english === IN_USE ? IN_USE_ABROAD[language] : english
  return text.endsWith('。') ? text : `${text}.`
}

function englishText(error: unknown): string {
  if (error instanceof WindowsError) return error.message
  const { code = '', message } = error as NodeJS.ErrnoException
  return ERRORS[code] ?? message
}
