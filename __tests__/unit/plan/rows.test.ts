import { expect, test } from '@jest/globals'
import { rowsOf } from '../../../src/plan/rows'
import { plan } from '../report/records'

test('a plan has a row for each part, in the order in which they are done, and a sum', () => {
  expect(rowsOf(plan()).map(({ what, how }) => `${what}: ${how}`)).toMatchInlineSnapshot(`
   [
     "Web API B: upload, with app_offline.htm",
     "Version folder 1.05: upload, unseen until the switch",
     "Files that clients read: replace at the switch",
     "Files that clients will read: add at the switch",
     "apprun.json, deploylist.ini.zip: switch last",
     "All uploads: ",
     "Protected files: keep",
     "Launcher and runtime: there already",
     "Files that are not the action's: leave",
   ]
  `)
})

test('a plan leaves out what there is nothing of', () => {
  expect(rowsOf(plan({ webApi: undefined, unseen: [], staged: [], present: 0, kept: [], foreign: [] }))).toEqual([])
})

test('a plan says when the Web APIs need not be stopped', () => {
  const webApi = { isNew: false, folder: 'api_b', files: plan().webApi?.files ?? [], kept: [], offline: false }
  expect(rowsOf(plan({ webApi }))[0]).toMatchObject({ what: 'Web API B', how: 'upload' })
})

test('the sum counts all uploads, and nothing else', () => {
  const rows = rowsOf(plan())
  const sum = rows.find(({ what }) => what === 'All uploads')
  const parts = rows.filter(row => row !== sum && row.bytes !== undefined)
  expect(sum?.files).toBe(parts.reduce((total, { files }) => total + files, 0))
  expect(sum?.bytes).toBe(parts.reduce((total, { bytes }) => total + (bytes ?? 0), 0))
})

test('what is on the site already, and what goes, has rows of its own, after what is sent', () => {
  const deletions = {
    cloudApp: ['sales/a', 'sales/b'],
    webApi: ['api_b/x.dll'],
    versions: [
      { version: '1.01', files: ['sales/1.01/a', 'sales/1.01/b', 'sales/1.01/c'] },
      { version: '1.02', files: ['sales/1.02/a'] }
    ]
  }
  const rows = rowsOf(plan({ unchanged: 5, present: 0, kept: [], foreign: [], deletions }))
  const sum = rows.findIndex(({ what }) => what === 'All uploads')
  expect(rows.slice(sum + 2)).toEqual([
    { what: 'Files that are on the site with this content', how: 'leave', files: 5, bytes: undefined },
    { what: 'Files of Web API B that the build no longer has', how: 'delete', files: 1, bytes: undefined },
    {
      what: 'Files of the cloud app that the build no longer has',
      how: 'take away after the switch',
      files: 2,
      bytes: undefined
    },
    { what: 'Version folder 1.01', how: 'delete after the switch', files: 3, bytes: undefined },
    { what: 'Version folder 1.02', how: 'delete after the switch', files: 1, bytes: undefined }
  ])
})
