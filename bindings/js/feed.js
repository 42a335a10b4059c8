// What issuers revoke.

import { bytes, moment, options, text } from './check.js'
import { PublicKey } from './key.js'
import { limitPairs } from './limits.js'
import { Handle, MAKER, ask, handle, native } from './native.js'

/** The newest list of one issuer. */
export class RevocationFeed extends Handle {
  static name = 'RevocationFeed'

  #issuer

  constructor(config) {
    const given = options(config, ['issuer', 'key', 'limits'], 'RevocationFeed')
    super(MAKER, makeFeed(given), RevocationFeed)
    this.#issuer = given.issuer
  }

  apply(update, more) {
    const { now } = options(more, ['now'], 'apply')
    const feed = handle(this, RevocationFeed, 'this')
    const list = bytes(update, 'update')
    const at = moment(now)
    ask(() => feed.apply(list, at))
  }

  get issuer() {
    return this.#issuer
  }

  get maxBytes() {
    return facts(this)[0]
  }

  get seq() {
    return facts(this)[1]
  }

  get expires() {
    return facts(this)[2]
  }

  get nextUpdate() {
    return facts(this)[3]
  }

  get entries() {
    return facts(this)[4]
  }
}

function makeFeed({ issuer, key, limits }) {
  const name = text(issuer, 'issuer')
  const keys = [key].flat().map(one => handle(one, PublicKey, 'key'))
  const pairs = limitPairs(limits)
  return ask(() => {
    const builder = new native.TrustBuilder([])
    for (const one of keys) builder.anchor(name, one)
    for (const [limit, value] of pairs) builder.limit(limit, value)
    return builder.feed(name)
  })
}

function facts(feed) {
  return JSON.parse(handle(feed, RevocationFeed, 'this').facts())
}
