import { expect, test } from '@jest/globals'
import { pathRule } from '../../../src/build/exclude'
import { readWebApi } from '../../../src/build/web-api'
import { temporaryFolder } from '../temporary-folder'

test.each([
  ['UserConfig.json of PowerServer 2022 R2 and later', ['Server.json', 'UserConfig.json'], 'UserConfig.json'],
  ['Server.json before', ['Server.json'], 'Server.json']
])('the license is in %s, whatever is excluded', async (_, names, licenseFile) => {
  await using folder = await temporaryFolder()
  await folder.write(Object.fromEntries(['ServerAPIs.dll', ...names].map(name => [name, ''])))
  expect(await readWebApi(folder.path, pathRule(['*.json']))).toMatchObject({ licenseFile })
})

test('a folder without ServerAPIs holds no Web APIs', async () => {
  await using folder = await temporaryFolder()
  await expect(readWebApi(folder.path, pathRule([]))).rejects.toMatchObject({ reasonCode: 'web-api-not-found' })
})
