import { utils, type ParsedKey } from 'ssh2'

/** ssh2 now and then makes a pair that it cannot read itself (a leading zero byte is lost); then another one is made. */
export function newKeys(): ReturnType<typeof utils.generateKeyPairSync> {
  for (;;) {
    const keys = utils.generateKeyPairSync('ed25519')
    try {
      parsed(keys.public)
      parsed(keys.private)
      return keys
    } catch {
      // The next pair is most likely sound.
    }
  }
}

/** @throws Error when it is none */
export function parsed(key: string): ParsedKey {
  const result = utils.parseKey(key)
  if (result instanceof Error) throw result
  return result
}
