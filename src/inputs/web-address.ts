/** What is wrong with a URL that clients or checks shall call; undefined when nothing is. Repeats no credentials. */
export function urlProblem(text: string): string | undefined {
  const url = URL.canParse(text) ? new URL(text) : undefined
  if (url?.username || url?.password) return 'holds credentials; leave them out'
  if (text.includes('@') && !url?.host) return 'holds credentials; leave them out'
  if (!url || !/^https?:\/\//i.test(text)) {
    return `is "${text}"; a complete URL such as https://api-b.example.com/app_API/ is expected`
  }
  return undefined
}

/** Would this URL lead each client to its own machine? */
export function isLocal(text: string): boolean {
  return /^(localhost|.*\.localhost|127\.\d+\.\d+\.\d+|\[::1\])$/i.test(new URL(text).hostname)
}

/** A path below a URL, with one slash in between. */
export function below(url: string, path: string): string {
  return `${url.replace(/\/+$/, '')}/${path.replace(/^\/+/, '')}`
}

/** A line of an input, to be shown: what stands before a host may be a password. */
export function withoutCredentials(line: string): string {
  return line.replace(/^.*@/s, '…@')
}
