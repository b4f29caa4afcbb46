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
     "Files that the build does not have: leave",
   ]
  `)
})

test('a plan leaves out what there is nothing of', () => {
  expect(rowsOf(plan({ webApi: undefined, unseen: [], staged: [], unchanged: 0, kept: [], foreign: [] }))).toEqual([])
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
