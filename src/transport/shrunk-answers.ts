import type { Client } from 'ssh2'
import { insideOf, type Lists, type Offer } from './ssh2-inside'

type Names = readonly string[]

/**
 * Asks the server, before the exchange of keys, to compress what it sends: mostly listings, of which a tenth is left. ssh2
 * knows one choice for both directions.
 */
export function shrinkAnswers(client: Client): void {
  const { _protocol: protocol } = insideOf(client)
  if (!protocol?._offer) return
  const { lists } = protocol._offer
  const offered = namesOf(lists)
  const Kind = protocol._offer.constructor as new (lists: Lists<Names>) => Offer
  protocol._offer = new Kind({ ...offered, sc: { ...offered.sc, compress: ['zlib@openssh.com', 'none'] } })
}

function namesOf({ kex, serverHostKey, cs, sc }: Offer['lists']): Lists<Names> {
  const ofDirection = ({ cipher, mac, compress, lang }: typeof cs): Lists<Names>['cs'] => ({
    cipher: cipher.array,
    mac: mac.array,
    compress: compress.array,
    lang: lang.array
  })
  return { kex: kex.array, serverHostKey: serverHostKey.array, cs: ofDirection(cs), sc: ofDirection(sc) }
}
