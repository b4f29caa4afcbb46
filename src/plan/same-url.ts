/** Are two URLs the same place? Case of scheme and host, the default port and one trailing slash do not count. */
export function isSameUrl(a: string, b: string): boolean {
  return comparable(a) === comparable(b)
}

/** The segments of a URL's path, in lower case: `https://x/App_API/` is `['app_api']`. Empty for what is no URL. */
export function pathSegments(url: string): string[] {
  const path = URL.canParse(url) ? new URL(url).pathname : ''
  return path
    .split('/')
    .filter(Boolean)
    .map(segment => decoded(segment).toLowerCase())
}

function decoded(segment: string): string {
  try {
    return decodeURIComponent(segment)
  } catch {
    return segment
  }
}

function comparable(url: string): string {
  return URL.canParse(url) ? new URL(url).href.replace(/\/$/, '') : url
}
