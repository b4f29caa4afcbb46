const reserved = /^(con|prn|aux|nul|com[0-9¹²³]|lpt[0-9¹²³])(\..*)?$/i
// eslint-disable-next-line no-control-regex -- control characters are among what Windows cannot hold
const forbidden = /[<>:"|?*\\\u0000-\u001f]/

/**
 * Why Windows cannot hold a file of this name (learn.microsoft.com, "Naming Files, Paths, and Namespaces"); undefined
 * when it can. The web server is mostly IIS, and a client is always Windows.
 */
export function whyNotOnWindows(name: string): string | undefined {
  const character = forbidden.exec(name)?.[0]
  if (character !== undefined) return `it contains ${JSON.stringify(character)}`
  if (/[. ]$/.test(name)) return 'it ends with a dot or a blank'
  if (reserved.test(name)) return 'it is a device name'
  if (name.length > 255) return `it is ${name.length} characters long, and 255 are the limit`
  return undefined
}
