import { expect, test } from '@jest/globals'
import { saysInUse } from '../../../src/transport/in-use'

test.each([
  ['English', 'The process cannot access the file because it is being used by another process.'],
  ['English, of a server that writes in capitals', '550 BEING USED BY ANOTHER PROCESS'],
  ['Samba', 'NT_STATUS_SHARING_VIOLATION: sharing violation'],
  ['POSIX', 'Text file busy'],
  ['locked', 'The file is locked'],
  ['German', 'Der Prozess kann nicht auf die Datei zugreifen, da sie von einem anderen Prozess verwendet wird.'],
  ['French', 'Le processus ne peut pas accéder au fichier car ce fichier est utilisé par un autre processus.'],
  ['Spanish', 'El proceso no tiene acceso al archivo porque está siendo utilizado por otro proceso.'],
  ['Spanish, of .NET', 'porque está siendo usado por otro proceso'],
  ['Italian', 'Impossibile accedere al file. Il file è utilizzato da un altro processo.'],
  ['Portuguese', 'O arquivo já está sendo usado por outro processo.'],
  ['Portuguese of Portugal', 'porque está a ser utilizado por outro processo.'],
  ['Dutch', 'Het proces heeft geen toegang tot het bestand omdat het door een ander proces wordt gebruikt.'],
  ['Polish', 'Proces nie może uzyskać dostępu do pliku, ponieważ jest on używany przez inny proces.'],
  ['Czech', 'Proces nemá přístup k souboru, neboť jej právě využívá jiný proces; používán jiným procesem'],
  ['Russian', 'Процесс не может получить доступ к файлу, так как этот файл занят другим процессом.'],
  ['Russian, of .NET', 'поскольку этот файл используется другим процессом'],
  ['Turkish', 'Dosya başka bir işlem tarafından kullanıldığından işlem dosyaya erişemiyor.'],
  ['Swedish', 'Det går inte att komma åt filen eftersom den används av en annan process.'],
  ['Danish', 'Processen kan ikke få adgang til filen, da den bruges af en anden proces.'],
  ['Finnish', 'Prosessi ei voi käyttää tiedostoa, koska se on toisen prosessin käytössä.'],
  ['Hungarian', 'A folyamat nem éri el a fájlt, mert azt egy másik folyamat használja.'],
  ['Simplified Chinese', '另一个程序正在使用此文件，进程无法访问。'],
  ['Simplified Chinese, of .NET', '文件正由另一进程使用'],
  ['Traditional Chinese', '由於另一個程序正在使用檔案，所以無法存取該檔案。'],
  ['Japanese', 'プロセスはファイルにアクセスできません。別のプロセスが使用中です。'],
  ['Japanese, of .NET', '別のプロセスで使用されているため'],
  ['Korean', '다른 프로세스가 파일을 사용 중이기 때문에 프로세스가 액세스 할 수 없습니다.'],
  ['Korean, of .NET', '다른 프로세스에서 사용 중이므로']
])('%s: a program holds the file', (_, text) => {
  expect(saysInUse(text)).toBe(true)
})

test.each([
  '550 Access is denied.',
  'Permission denied',
  'Failure',
  'No such file',
  '550 The system cannot find the file specified.',
  '552 There is not enough space on the disk.',
  'Zugriff verweigert',
  'Accès refusé.',
  'Acceso denegado.',
  'Отказано в доступе.',
  '拒绝访问。',
  'アクセスが拒否されました。',
  '421 Too many connections are in use',
  'Address already in use',
  ''
])('%j says nothing of the kind', text => {
  expect(saysInUse(text)).toBe(false)
})
