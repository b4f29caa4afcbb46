import type { GitHub } from './client'
import { refusedWith } from './request-error'

export interface KeptComment {
  readonly id: number
  /** Its place on the page of the pull request. */
  readonly url: string
  readonly change: 'created' | 'updated' | 'unchanged'
}

interface FoundComment {
  readonly id: number
  readonly html_url: string
  readonly body?: string
  readonly user: { readonly login: string; readonly type: string } | null
}

const permission = 'pull-requests: write'

/** GitHub takes no longer ones. */
const longest = 65_536

/**
 * Keeps one comment on a pull request for each target: makes it, and from then on replaces its text. It is known by a
 * hidden mark at its very beginning, and by its author: a bot, or the account of the token. A person who quotes it keeps
 * the quotation.
 *
 * @param target which app on which site
 * @param body Markdown; cut, with a word on it, where it is longer than GitHub takes
 * @throws DeployError `github-permission-missing`, `github-refused`, `github-unreachable`; the signal's reason
 */
export async function keepComment(
  github: GitHub,
  pullRequest: number,
  target: string,
  body: string
): Promise<KeptComment> {
  const mark = markOf(target)
  const text = cut(`${mark}\n${body}`)
  const find = () => findComment(github, pullRequest, mark)
  const found = await find()
  if (found?.body === text) return { id: found.id, url: found.html_url, change: 'unchanged' }
  if (found) {
    try {
      return await update(github, found.id, text)
    } catch (error) {
      // Deleted in between.
      if (refusedWith(error) !== 404) throw error
    }
  }
  return github.add(
    { to: `comment on pull request #${pullRequest}`, permission },
    async octokit => {
      const { data } = await octokit.rest.issues.createComment({
        ...github.repository,
        issue_number: pullRequest,
        body: text
      })
      return { id: data.id, url: data.html_url, change: 'created' as const }
    },
    async () => {
      const made = await find()
      return made && { id: made.id, url: made.html_url, change: 'created' as const }
    }
  )
}

async function update(github: GitHub, id: number, body: string): Promise<KeptComment> {
  const { data } = await github.call({ to: `update comment ${id}`, permission }, octokit =>
    octokit.rest.issues.updateComment({ ...github.repository, comment_id: id, body })
  )
  return { id, url: data.html_url, change: 'updated' }
}

async function findComment(github: GitHub, pullRequest: number, mark: string): Promise<FoundComment | undefined> {
  const comments: FoundComment[] = await github.call(
    { to: `read the comments of pull request #${pullRequest}`, permission },
    octokit =>
      octokit.paginate(octokit.rest.issues.listComments, {
        ...github.repository,
        issue_number: pullRequest,
        per_page: 100
      })
  )
  const marked = comments.filter(({ body }) => body?.startsWith(mark))
  const byBot = marked.find(({ user }) => user?.type === 'Bot')
  if (byBot || marked.length === 0) return byBot
  const own = await ownLogin(github)
  return marked.find(({ user }) => own !== undefined && user?.login === own)
}

/** Of the account that the token belongs to; undefined for the token of a workflow, which belongs to none. */
async function ownLogin(github: GitHub): Promise<string | undefined> {
  try {
    const purpose = { to: 'say whose token it is', permission: 'metadata: read' }
    return (await github.call(purpose, octokit => octokit.rest.users.getAuthenticated())).data.login
  } catch (error) {
    if (refusedWith(error) === 403 || refusedWith(error) === 404) return undefined
    throw error
  }
}

/** Nothing in it can end the comment in HTML that it is. */
function markOf(target: string): string {
  const name = target.replace(/[^\w./:@ -]|-(?=-)/gu, character => `%${Buffer.from(character).toString('hex')}`)
  return `<!-- powerserver-hot-deploy:${name} -->`
}

/** Ends at a line, with what is open there closed. */
function cut(text: string): string {
  if (text.length <= longest) return text
  const note = '\n\n_Cut here, since GitHub takes no longer comments. The job summary has all of it._\n'
  const whole = text.slice(0, longest - note.length - 200)
  const kept = whole.slice(0, Math.max(whole.lastIndexOf('\n'), longest / 2))
  const fence = (kept.match(/^```/gm) ?? []).length % 2 === 1 ? '\n```' : ''
  const open = (kept.match(/<details/g) ?? []).length - (kept.match(/<\/details>/g) ?? []).length
  return `${kept}${fence}${'\n\n</details>'.repeat(Math.min(Math.max(open, 0), 10))}${note}`
}
