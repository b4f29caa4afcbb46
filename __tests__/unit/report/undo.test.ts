import { describe, expect, test } from '@jest/globals'
import fc from 'fast-check'
import { parse } from 'yaml'
import { undoInputsOf, undoStep } from '../../../src/report/undo'
import { plan, record } from './records'

type Step = readonly [{ readonly uses: string; readonly with: Readonly<Record<string, unknown>> }]

const given: Record<string, string> = {
  site: 'sftp://deploy@web.example.com/C:/inetpub/wwwroot',
  'host-key': 'SHA256:abc\nweb.example.com ssh-ed25519 AAAA',
  'private-key': '-----BEGIN OPENSSH PRIVATE KEY-----',
  'allow-plain-ftp': 'false',
  'state-path': 'App_Data/hot-deploy',
  package: 'build.zip'
}

function stepOf(overrides: Parameters<typeof record>[0] = {}): Step[0] {
  return (parse(undoStep(record(overrides)) ?? '') as Step)[0]
}

describe('the inputs of the undo', () => {
  test('are those that a rollback needs, without what is the default, and no secret', () => {
    expect(undoInputsOf(name => given[name])).toEqual({
      site: 'sftp://deploy@web.example.com/C:/inetpub/wwwroot',
      'host-key': 'SHA256:abc\nweb.example.com ssh-ed25519 AAAA',
      'private-key': '${{ secrets.DEPLOY_PRIVATE_KEY }}'
    })
  })

  test('lead through the jump host, without which the site is not to be reached', () => {
    const jump = { 'jump-host': 'ssh://bastion.example.com', 'jump-host-key': 'SHA256:def' }
    const all: Record<string, string> = { ...given, ...jump }
    expect(undoInputsOf(name => all[name])).toMatchObject(jump)
  })

  test('hold no expression but those of secrets', () => {
    expect(undoInputsOf(name => (name === 'site' ? '${{ secrets.X }}' : undefined))).toEqual({
      site: "${{ '${{' }} secrets.X }}"
    })
  })
})

describe('the step that undoes a release', () => {
  test('can be pasted', () => {
    const undoInputs = undoInputsOf(name => given[name])
    expect(undoStep(record({ actionRef: 'acme/hot-deploy@v1.2.3', undoInputs }))).toBe(`- uses: acme/hot-deploy@v1.2.3
  with:
    command: rollback
    release-id: 20260601T120000-1.05-a1b2c3
    cloud-app-target: sales
    site: sftp://deploy@web.example.com/C:/inetpub/wwwroot
    host-key: |
      SHA256:abc
      web.example.com ssh-ed25519 AAAA
    private-key: \${{ secrets.DEPLOY_PRIVATE_KEY }}`)
  })

  test('says what is missing where the inputs are not known', () => {
    expect(stepOf().with).toEqual({
      command: 'rollback',
      'release-id': '20260601T120000-1.05-a1b2c3',
      site: 'as in the deploy, with its credentials',
      'cloud-app-target': 'sales'
    })
  })

  test('names the root of the site as a dot', () => {
    expect(stepOf({ plan: plan({ cloudAppFolder: '' }) }).with['cloud-app-target']).toBe('.')
  })

  test.each([undefined, '', 'a/b', 'a/b@v1\n- run: evil', './local'])('has a reference in place of %j', actionRef => {
    expect(stepOf({ actionRef }).uses).toBe('your-org/powerserver-hot-deploy@v1')
  })

  test('is not there without a release in the journal', () => {
    expect(undoStep(record({ releaseId: undefined }))).toBeUndefined()
  })

  test.each([
    'true',
    'no',
    '1.05',
    '007',
    '~',
    '- a',
    'a: b',
    'a #b',
    "it's",
    '"',
    'größe',
    'a\n b',
    ' a',
    '1e3',
    '0x1F'
  ])('holds %j as a text', site => {
    expect(String(stepOf({ undoInputs: { site } }).with.site)).toBe(site)
  })

  test('holds every value as it is', () => {
    const value = fc.string({ unit: 'grapheme', minLength: 1 })
    const lines = fc.array(value, { minLength: 1, maxLength: 3 }).map(list => list.join('\n'))
    fc.assert(
      fc.property(lines, site => {
        const read = stepOf({ undoInputs: { site } }).with.site
        // A runner hands a block of lines over with the line end after it, and the action trims it away.
        expect(site.includes('\n') ? String(read).replace(/\n$/, '') : read).toBe(site.replace(/\n$/, ''))
      })
    )
  })
})
