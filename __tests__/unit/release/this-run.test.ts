import { hostname } from 'node:os'
import { expect, test } from '@jest/globals'
import { thisRun } from '../../../src/release/this-run'

const github = {
  GITHUB_SERVER_URL: 'https://github.com',
  GITHUB_REPOSITORY: 'acme/sales',
  GITHUB_RUN_ID: '17',
  GITHUB_RUN_ATTEMPT: '2',
  GITHUB_JOB: 'deploy'
}

test('a run on GitHub is named so that people find it', () => {
  expect(thisRun(github)).toEqual({
    name: 'acme/sales, run 17, attempt 2, job deploy',
    runUrl: 'https://github.com/acme/sales/actions/runs/17/attempts/2',
    githubRun: 'acme/sales/17',
    attempt: 2
  })
})

test('attempts of one run are one run, and runs of two repositories are two', () => {
  const other = { ...github, GITHUB_RUN_ATTEMPT: '3', GITHUB_JOB: 'again' }
  expect(thisRun(other).githubRun).toBe(thisRun(github).githubRun)
  expect(thisRun({ ...github, GITHUB_REPOSITORY: 'acme/other' }).githubRun).not.toBe(thisRun(github).githubRun)
})

test.each([
  ['job', { GITHUB_JOB: undefined }, { name: 'acme/sales, run 17, attempt 2' }],
  ['server', { GITHUB_SERVER_URL: undefined }, { runUrl: undefined, githubRun: 'acme/sales/17' }],
  ['attempt', { GITHUB_RUN_ATTEMPT: undefined }, { attempt: 1, name: 'acme/sales, run 17, attempt 1, job deploy' }]
])('a run without a %s is told all the same', (_, missing, expected) => {
  expect(thisRun({ ...github, ...missing })).toMatchObject(expected)
})

test.each([{}, { ...github, GITHUB_RUN_ID: undefined }, { ...github, GITHUB_REPOSITORY: undefined }])(
  'a run elsewhere is named by its machine, and is no attempt of any other',
  environment => {
    expect(thisRun(environment)).toEqual({
      name: `a run on ${hostname()}`,
      runUrl: undefined,
      githubRun: undefined,
      attempt: 1
    })
  }
)
