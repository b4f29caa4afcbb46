import type { RawInputs } from './raw-inputs'

const names = ['password', 'private-key', 'passphrase', 'web-api-authorization', 'github-token'] as const

/**
 * All forms of the secrets among the inputs that must never show in a log: as given, percent-encoded, as base64, and
 * line by line, since the runner masks what stands in one line.
 */
export function secretForms(inputs: RawInputs): string[] {
  const forms = names.flatMap(name => formsOf(inputs.verbatim(name) ?? ''))
  // A mask for a word of one or two letters would make the log unreadable and protect nothing.
  return [...new Set(forms)].filter(form => form.trim().length > 2)
}

function formsOf(secret: string): string[] {
  if (secret === '') return []
  const lines = secret.split(/\r\n|\r|\n/).filter(line => !line.startsWith('-----'))
  const token = /^(?:basic|bearer)\s+(\S+)$/i.exec(secret.trim())?.[1]
  return [secret, secret.trim(), ...lines, ...lines.map(line => line.trim()), ...(token ? [token] : [])].flatMap(
    form => [
      form,
      encodeURIComponent(form),
      encodeURI(form),
      Buffer.from(form).toString('base64'),
      Buffer.from(form).toString('base64url'),
      JSON.stringify(form).slice(1, -1)
    ]
  )
}

/** Text that goes where no runner masks it. */
export function masked(text: string, forms: readonly string[]): string {
  const longestFirst = [...forms].sort((a, b) => b.length - a.length)
  return longestFirst.reduce((left, form) => left.replaceAll(form, '***'), text)
}
