import { describe, expect, test } from '@jest/globals'
import { keepComment } from '../../../src/github/comment'
import { WORKFLOW_BOT } from '../../support/github-api'
import { deployErrorOf } from '../deploy-error'
import { apiUnderTest } from './api'

const target = 'shop at web.example.com/apps'
const mark = `<!-- powerserver-hot-deploy:${target} -->`
const person = { login: 'mallory', type: 'User' } as const

async function withPull() {
  const under = await apiUnderTest()
  under.api.repository.addPull({ number: 12 })
  return { ...under, comments: under.api.repository.comments }
}

test('is made once and then kept up to date', async () => {
  await using under = await withPull()
  expect(await keepComment(under.github, 12, target, 'the plan')).toMatchObject({ change: 'created' })
  const second = await keepComment(under.github, 12, target, 'the result')
  expect(under.comments).toMatchObject([{ id: second.id, html_url: second.url, body: `${mark}\nthe result` }])
  expect(second.change).toBe('updated')
})

test('stays untouched when there is nothing new', async () => {
  await using under = await withPull()
  const { id } = await keepComment(under.github, 12, target, 'the plan')
  const before = under.api.requests.length
  expect(await keepComment(under.github, 12, target, 'the plan')).toMatchObject({ id, change: 'unchanged' })
  expect(under.lines().slice(before)).toEqual(['GET /issues/12/comments?per_page=100'])
})

test('is one for each target, one whose name begins like another included', async () => {
  await using under = await withPull()
  await keepComment(under.github, 12, 'shop', 'a')
  await keepComment(under.github, 12, 'shop-test', 'b')
  await keepComment(under.github, 12, 'shop', 'c')
  expect(under.comments.map(({ body }) => body.split('\n')[1])).toEqual(['c', 'b'])
})

test('is found on a later page', async () => {
  await using under = await withPull()
  for (let n = 0; n < 230; n++) under.api.repository.addComment(12, person, `comment ${n}`)
  const kept = under.api.repository.addComment(12, WORKFLOW_BOT, `${mark}\nold`)
  await keepComment(under.github, 12, target, 'new')
  expect(kept.body).toBe(`${mark}\nnew`)
  expect(under.comments).toHaveLength(231)
})

describe('a comment of a person is never overwritten', () => {
  test.each([
    ['quotes it', `> ${mark}\n> the plan\n\nLooks good`],
    ['has the mark in its middle', `Look:\n${mark}\nthe plan`],
    ['begins with the mark', `${mark}\nI copied this`]
  ])('one that %s', async (_, body) => {
    await using under = await withPull()
    const theirs = under.api.repository.addComment(12, person, body)
    await keepComment(under.github, 12, target, 'the plan')
    expect(theirs.body).toBe(body)
    expect(under.comments).toHaveLength(2)
    expect(under.comments[1]).toMatchObject({ user: WORKFLOW_BOT, body: `${mark}\nthe plan` })
  })

  test('and one of a bot that only quotes it is not either', async () => {
    await using under = await withPull()
    const theirs = under.api.repository.addComment(12, WORKFLOW_BOT, `> ${mark}`)
    await keepComment(under.github, 12, target, 'the plan')
    expect(theirs.body).toBe(`> ${mark}`)
  })

  test('but one of the account that the token belongs to is', async () => {
    await using under = await withPull()
    under.api.tokens.set('ghp_deployer', { login: 'deployer', type: 'User' })
    const github = under.client('ghp_deployer')
    const theirs = under.api.repository.addComment(12, person, `${mark}\nI copied this`)
    await keepComment(github, 12, target, 'the plan')
    await keepComment(github, 12, target, 'the result')
    expect(theirs.body).toBe(`${mark}\nI copied this`)
    expect(under.comments.slice(1)).toMatchObject([{ user: { login: 'deployer' }, body: `${mark}\nthe result` }])
  })
})

test('deleted while it is updated, it is made anew', async () => {
  await using under = await withPull()
  await keepComment(under.github, 12, target, 'the plan')
  under.api.next(1, { kind: 'slow', milliseconds: 300 }, /^PATCH/)
  const update = keepComment(under.github, 12, target, 'the result')
  await new Promise(resolve => setTimeout(resolve, 150))
  under.comments.length = 0
  expect(await update).toMatchObject({ change: 'created' })
  expect(under.comments).toMatchObject([{ body: `${mark}\nthe result` }])
})

test('is not made twice when the answer gets lost', async () => {
  await using under = await withPull()
  under.api.next(1, { kind: 'answer-lost' }, /^POST/)
  const { id } = await keepComment(under.github, 12, target, 'the plan')
  expect(under.comments).toMatchObject([{ id }])
})

describe('a text that is too long', () => {
  test('is cut at a line, with a word on it', async () => {
    await using under = await withPull()
    const line = `| ${'x'.repeat(96)} |\n`
    await keepComment(under.github, 12, target, line.repeat(1000))
    const body = under.comments[0]?.body ?? ''
    expect(body.length).toBeLessThanOrEqual(65_536)
    expect(body.length).toBeGreaterThan(65_000)
    expect(body).toMatch(/x \|\n\n_Cut here, since GitHub takes no longer comments\./)
  })

  test('closes what is open where it is cut', async () => {
    await using under = await withPull()
    await keepComment(
      under.github,
      12,
      target,
      `<details>\n\n\`\`\`text\n${'line\n'.repeat(20_000)}\`\`\`\n</details>\n`
    )
    expect(under.comments[0]?.body).toContain('line\n```\n\n</details>\n\n_Cut here')
  })

  test.each([65_536 - mark.length - 1, 65_536 - mark.length])('of %d characters fits or is cut', async length => {
    await using under = await withPull()
    await keepComment(under.github, 12, target, 'x'.repeat(length))
    const isWhole = length === 65_536 - mark.length - 1
    expect(under.comments[0]?.body.includes('_Cut here')).toBe(!isWhole)
  })
})

test.each(['a --> b', 'a\nb', '-->', 'a--!>b', '<b>', 'ü 🚀', '---', '\ud800'])(
  'the target %j cannot end the hidden mark',
  async name => {
    await using under = await withPull()
    await keepComment(under.github, 12, name, 'one')
    await keepComment(under.github, 12, name, 'two')
    expect(under.comments).toHaveLength(1)
    expect(under.comments[0]?.body).toMatch(/^<!-- powerserver-hot-deploy:(?:(?!--|[<>\n]).)* -->\ntwo$/)
  }
)

test('a token that may not comment is told which permission it needs', async () => {
  await using under = await withPull()
  const permissions = { pull_requests: 'read' } as const
  under.api.tokens.set('ghs_reader', { ...WORKFLOW_BOT, permissions })
  const error = await deployErrorOf(() => keepComment(under.client('ghs_reader'), 12, target, 'the plan'))
  expect(error.reasonCode).toBe('github-permission-missing')
  expect(error.advice).toContain('"pull-requests: write"')
})
