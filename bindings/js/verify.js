// Whom to believe, the decision, and the evidence of it.

import { bytes, count, flag, maybe, moment, options, text, texts, word } from './check.js'
import { Request } from './call.js'
import { RevocationFeed } from './feed.js'
import { isPlain } from './json.js'
import { PublicKey } from './key.js'
import { limitPairs } from './limits.js'
import { Handle, MAKER, ask, handle, native } from './native.js'

const TRUST = ['anchors', 'audience', 'limits', 'revoked', 'revocation', 'replayCapacity', 'identity', 'audienceRequired', 'proofAudienceRequired']

/** What a verifier believes, and its memory of the proofs it has seen. */
export class Trust extends Handle {
  static name = 'Trust'

  constructor(config) {
    super(MAKER, makeTrust(options(config, TRUST, 'Trust')), Trust)
  }
}

function makeTrust(given) {
  const audience = texts(given.audience, 'audience')
  const anchors = anchorPairs(given.anchors)
  const limits = limitPairs(given.limits)
  const revoked = list(given.revoked, 'revoked', (id, name) => bytes(id, name, 16))
  const feeds = maybe(given.revocation, feedHandles) ?? []
  const capacity = maybe(given.replayCapacity, count, 'replayCapacity')
  const identity = maybe(given.identity, word, 'identity', ['required', 'optional'])
  const audienceRequired = maybe(given.audienceRequired, flag, 'audienceRequired')
  const proofAudienceRequired = maybe(given.proofAudienceRequired, flag, 'proofAudienceRequired')
  return ask(() => {
    const trust = new native.TrustBuilder(audience)
    for (const [issuer, key] of anchors) trust.anchor(issuer, key)
    for (const [name, value] of limits) trust.limit(name, value)
    for (const id of revoked) trust.revoke(id)
    for (const feed of feeds) trust.revocation(feed)
    if (capacity !== undefined) trust.replayCapacity(capacity)
    if (identity === 'optional') trust.identityOptional()
    if (audienceRequired === false) trust.audienceOptional()
    if (proofAudienceRequired === false) trust.proofAudienceOptional()
    return trust.build()
  })
}

// An empty list would revoke nothing, and was meant to hold something.
function feedHandles(feeds) {
  const all = [feeds].flat()
  if (all.length === 0) throw new TypeError('revocation must be a RevocationFeed or an array of them')
  return all.map(feed => handle(feed, RevocationFeed, 'revocation'))
}

function anchorPairs(anchors) {
  if (!isPlain(anchors)) throw new TypeError('anchors must be an object of issuer and PublicKey, or array of PublicKey')
  return Object.entries(anchors).flatMap(([issuer, keys]) => {
    const name = `anchors[${JSON.stringify(text(issuer, 'anchors'))}]`
    return [keys].flat().map(key => [issuer, handle(key, PublicKey, name)])
  })
}

export function list(value, name, check) {
  if (value === undefined) return []
  if (!Array.isArray(value)) throw new TypeError(`${name} must be an array`)
  return Array.from(value, (item, index) => check(item, `${name}[${index}]`))
}

/** A trust and a memory of the links it has verified. */
export class Verifier extends Handle {
  static name = 'Verifier'

  constructor(trust, more) {
    const { cacheCapacity } = options(more, ['cacheCapacity'], 'Verifier')
    const believed = handle(trust, Trust, 'trust')
    const capacity = maybe(cacheCapacity, count, 'cacheCapacity')
    super(MAKER, ask(() => new native.Verifier(believed, capacity)), Verifier)
  }

  authorize(chain, proof, request, more) {
    const { now } = options(more, ['now'], 'authorize')
    const verifier = handle(this, Verifier, 'this')
    const tokens = bytes(chain, 'chain')
    const evidence = bytes(proof, 'proof')
    const lend = handle(request, Request, 'request')
    const at = moment(now)
    return new Permit(MAKER, ask(() => lend(call => verifier.authorize(tokens, evidence, call, at))))
  }
}

/** Evidence that one call was decided, and decided yes. */
export class Permit extends Handle {
  static name = 'Permit'

  #facts

  constructor(maker, object) {
    super(maker, maker === MAKER ? settled(object) : undefined, Permit)
  }

  get agent() {
    return this.#read().agent
  }

  get principal() {
    return this.#read().principal
  }

  get task() {
    return this.#read().task
  }

  get tool() {
    return this.#read().tool
  }

  get audience() {
    return this.#read().audience
  }

  get issuer() {
    return this.#read().issuer
  }

  get expires() {
    return this.#read().expires
  }

  get leewayUsed() {
    return this.#read().leewayUsed
  }

  get holder() {
    return this.#read().holder
  }

  get lineage() {
    return this.#read().lineage
  }

  /** Everything a permit says, for an audit record. */
  toJSON() {
    const { agent, principal, task, tool, audience, issuer, holder, expires, leewayUsed, lineage } = this.#read()
    return { agent, principal, task, tool, audience, issuer, holder, expires, leewayUsed, lineage }
  }

  /** What Node's console shows. */
  [Symbol.for('nodejs.util.inspect.custom')]() {
    return this.toJSON()
  }

  // Read when first asked: most callers only want to know that there is a permit.
  #read() {
    this.#facts ??= freeze(JSON.parse(handle(this, Permit, 'this').facts()))
    return this.#facts
  }
}

// Where nothing tells that JavaScript has forgotten an object, its facts are taken at once and it
// is given back, as with a request.
function settled(object) {
  if (object.free === undefined || typeof FinalizationRegistry === 'function') return object
  const text = object.facts()
  object.free()
  return { facts: () => text }
}

/** Evidence does not change after the fact, in any part. */
export function freeze(value) {
  if (typeof value === 'object' && value !== null) Object.values(Object.freeze(value)).forEach(freeze)
  return value
}
