/**
 * ERROR_SHARING_VIOLATION in the languages of Windows, as far as IIS and SSH servers repeat its text: "The process cannot
 * access the file because it is being used by another process." (learn.microsoft.com, system error codes, 32).
 */
const texts = [
  /used by another process|sharing violation|file is locked|text file busy/i,
  /von einem anderen Prozess verwendet/i,
  /utilisé par un autre processus/i,
  /(?:utilizado|usado) por otro proceso|otro proceso (?:lo )?(?:está|tiene)|en uso por otro proceso/i,
  /utilizzato da un altro processo/i,
  /(?:usado|utilizado) por outro processo/i,
  /door een ander proces(?: wordt)? gebruikt|gebruikt door een ander proces/i,
  /używany przez inny proces/i,
  /používán jiným procesem/i,
  /занят другим процессом|используется другим процессом/i,
  /başka bir işlem tarafından kullanıl/i,
  /används av en annan process/i,
  /bruges af en anden proces/i,
  /toinen prosessi käyttää|toisen prosessin käytössä/i,
  /másik folyamat használja/i,
  /另一个程序正在使用此文件|正由另一进程使用|其他进程正在使用/,
  /另一個程序正在使用|由另一個處理序使用/,
  /別のプロセス(?:が|で)使用(?:中|され)/,
  /다른 프로세스(?:가|에서) (?:파일을 )?사용/
]

/** Does a server's answer say that a program holds the file open? */
export function saysInUse(text: string): boolean {
  return texts.some(pattern => pattern.test(text))
}
