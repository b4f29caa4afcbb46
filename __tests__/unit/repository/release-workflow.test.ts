import { spawnSync } from 'node:child_process'
import { chmodSync, readFileSync } from 'node:fs'
import { delimiter, join } from 'node:path'
import { describe, expect, test } from '@jest/globals'
import { parse } from 'yaml'
import { temporaryFolder } from '../temporary-folder'
import type { Job } from './sources'

interface Release {
  /** The shell bash, unlike none, ends a script where a part of a pipe fails. */
  readonly defaults: { readonly run: { readonly shell: string } }
  readonly jobs: Readonly<
    Record<'notes' | 'test' | 'publish', Job & { readonly needs?: unknown; readonly env?: Record<string, string> }>
  >
}

const { defaults, jobs } = parse(readFileSync('.github/workflows/release.yml', 'utf8')) as Release

test('only the last job may write, once the others have passed, by hand on main', () => {
  const writing = Object.entries(jobs).filter(([, job]) => Object.values(job.permissions ?? {}).includes('write'))
  expect(writing.map(([name]) => name)).toEqual(['publish'])
  expect(jobs.publish.needs).toEqual(['notes', 'test'])
  expect(jobs.test.needs).toBe('notes')
  expect(jobs.notes.if).toBe("github.ref == 'refs/heads/main'")
})

test('a script ends where a part of a pipe fails, as it does in these tests', () => {
  expect(defaults.run.shell).toBe('bash')
})

test('what is attested is dist, as it is committed', () => {
  const attest = jobs.publish.steps?.find(({ uses }) => uses?.startsWith('actions/attest@'))
  expect(attest?.with).toEqual({ 'subject-path': 'dist/*' })
})

/** The scripts of a job, in one. */
function script(job: keyof Release['jobs']): string {
  return (jobs[job].steps ?? []).map(({ run = '' }) => run).join('\n')
}

// The scripts run in bash on Ubuntu; what `gh` would ask GitHub is answered from files here, and noted down.
const onUnix = process.platform === 'win32' ? describe.skip : describe

onUnix('the scripts', () => {
  const sha = 'c0ffee0c0ffee0c0ffee0c0ffee0c0ffee0c0ffe'

  async function run(text: string, gh: string, env: Record<string, string> = {}) {
    await using folder = await temporaryFolder()
    const bin = join(folder.path, 'bin')
    const asked = join(folder.path, 'asked')
    const notes = join(folder.path, 'notes')
    await folder.write({
      asked: '',
      notes: '',
      'bin/gh': `#!/bin/bash\necho "$*" >>'${asked}'\n[[ $* != *'--notes-file -' ]] || cat >'${notes}'\n${gh}\n`
    })
    chmodSync(join(bin, 'gh'), 0o755)
    const { status, stdout } = spawnSync('bash', ['--noprofile', '--norc', '-eo', 'pipefail', '-c', text], {
      cwd: folder.path,
      encoding: 'utf8',
      env: {
        PATH: [bin, process.env.PATH ?? ''].join(delimiter),
        VERSION: '1.2.0',
        GITHUB_SHA: sha,
        GITHUB_REPOSITORY: 'acme/hot-deploy',
        NOTES: '- It "costs" $5 and `nothing`.',
        ...env
      }
    })
    return {
      status,
      stdout,
      asked: readFileSync(asked, 'utf8').trim().split('\n'),
      notes: readFileSync(notes, 'utf8')
    }
  }

  /** A GitHub with these tags. */
  function tagged(tags: readonly string[], isReleased = false): string {
    return `case "$*" in
      *matching-refs*) printf '%s\\n' ${tags.map(tag => `refs/tags/${tag}`).join(' ')} ;;
      *'/git/ref/tags/v1') [[ ' ${tags.join(' ')} ' = *' v1 '* ]] ;;
      'release view'*) ${String(isReleased)} ;;
      *) ;;
    esac`
  }

  test('tag the tested commit with its notes, and move the tag of the major version', async () => {
    const { status, asked, notes } = await run(script('publish'), tagged(['v1', 'v1.1.0', 'v1.2.0']))
    expect(status).toBe(0)
    expect(asked).toEqual([
      'release view v1.2.0',
      `release create v1.2.0 --target ${sha} --title v1.2.0 --notes-file -`,
      'api --paginate repos/acme/hot-deploy/git/matching-refs/tags/v1. --jq .[].ref',
      'api repos/acme/hot-deploy/git/ref/tags/v1',
      `api --method PATCH repos/acme/hot-deploy/git/refs/tags/v1 --raw-field sha=${sha} --field force=true`
    ])
    expect(notes).toBe('- It "costs" $5 and `nothing`.\n')
  })

  test('make the tag of the major version at its first release', async () => {
    const { status, asked } = await run(script('publish'), tagged(['v1.2.0']))
    expect(status).toBe(0)
    expect(asked.at(-1)).toBe(
      `api --method POST repos/acme/hot-deploy/git/refs --raw-field ref=refs/tags/v1 --raw-field sha=${sha}`
    )
  })

  test('go on where an earlier run has made the release', async () => {
    const { status, asked } = await run(script('publish'), tagged(['v1', 'v1.2.0'], true))
    expect(status).toBe(0)
    expect(asked.filter(line => line.startsWith('release create'))).toEqual([])
    expect(asked.at(-1)).toContain('PATCH')
  })

  test('leave the tag of the major version where a newer version is, in the order of versions', async () => {
    const { status, asked, stdout } = await run(script('publish'), tagged(['v1', 'v1.10.0', 'v1.2.0']))
    expect(status).toBe(0)
    expect(stdout).toContain('v1 stays where it is: refs/tags/v1.10.0 is newer than v1.2.0.')
    expect(asked.join('\n')).not.toMatch(/PATCH|POST/)
  })

  test('fail when GitHub does not answer, instead of leaving the tag behind in silence', async () => {
    const { status } = await run(script('publish'), `[[ $* != *matching-refs* ]]`)
    expect(status).not.toBe(0)
  })

  test.each([
    ['both have passed', 'echo 1', 0],
    ['one has not', '[[ $* = *self-test.yml* ]] && echo 0 || echo 1', 1]
  ])('ask whether the commit has passed: %s', async (_, gh, expected) => {
    const { status, asked } = await run(stepWith('gh run list'), gh)
    expect(status).toBe(expected)
    expect(asked[0]).toBe(`run list --workflow ci.yml --commit ${sha} --status success --json databaseId --jq length`)
  })

  test('refuse a version that another commit has, and no other', async () => {
    const git = `git init -q . && git -c user.name=a -c user.email=a@b commit -q --allow-empty -m a && git tag v1.2.0\n`
    const here = `${git}export GITHUB_SHA=$(git rev-parse HEAD)\n`
    const check = stepWith('git rev-parse --quiet')
    expect((await run(git + check, '')).stdout).toMatch(/^::error::v1\.2\.0 is [0-9a-f]{40} already\.$/m)
    expect((await run(git + check, '')).status).toBe(1)
    expect((await run(here + check, '')).status).toBe(0)
    expect((await run(here + check, '', { VERSION: '1.3.0' })).status).toBe(0)
  })

  function stepWith(text: string): string {
    return jobs.notes.steps?.find(({ run = '' }) => run.includes(text))?.run ?? 'exit 99'
  }
})
