// Chains of tokens: made, narrowed, believed.

import { bytes, count, maybe, moment, options, seconds, text, texts } from './check.js'
import { Proof, Request } from './call.js'
import { encode, isPlain } from './json.js'
import { PublicKey, SigningKey, agentText } from './key.js'
import { Handle, MAKER, ask, handle, native } from './native.js'
import { Permit, Trust } from './verify.js'

const ISSUE = ['issuer', 'to', 'tools', 'audience', 'principal', 'agent', 'task', 'ttl', 'notBefore', 'maxDepth', 'now', 'tokenId', 'format']
const DELEGATE = ['to', 'tools', 'audience', 'agent', 'ttl', 'notBefore', 'maxDepth', 'now', 'tokenId']

/** A well-formed chain that nobody has checked. Nothing can be read from it. */
export class Chain extends Handle {
  static name = 'Chain'

  static issue(key, grant) {
    const given = options(grant, ISSUE, 'Chain.issue')
    const signer = handle(key, SigningKey, 'key')
    const issuer = text(given.issuer, 'issuer')
    const to = handle(given.to, PublicKey, 'to')
    const tools = toolsText(given.tools, 'tools')
    const audience = texts(given.audience, 'audience')
    const parts = {
      principal: maybe(given.principal, text, 'principal'),
      task: maybe(given.task, text, 'task'),
      format: maybe(given.format, text, 'format'),
      ...narrowable(given),
    }
    const { id, now } = stamp(given)
    return new Chain(MAKER, ask(() => {
      const grant = new native.Grant(issuer, to, tools, audience)
      set(grant, parts)
      return grant.sign(signer, id, now)
    }))
  }

  static parse(data) {
    const checked = bytes(data, 'bytes')
    return new Chain(MAKER, ask(() => native.Chain.parse(checked)))
  }

  toBytes() {
    return handle(this, Chain, 'this').toBytes()
  }

  get length() {
    return handle(this, Chain, 'this').length()
  }

  get format() {
    return handle(this, Chain, 'this').format()
  }

  delegate(key, narrowing) {
    const given = options(narrowing, DELEGATE, 'delegate')
    const parent = handle(this, Chain, 'this')
    const signer = handle(key, SigningKey, 'key')
    const to = handle(given.to, PublicKey, 'to')
    const parts = {
      tools: maybe(given.tools, toolsText, 'tools'),
      audience: maybe(given.audience, texts, 'audience'),
      ...narrowable(given),
    }
    const { id, now } = stamp(given)
    return new Chain(MAKER, ask(() => {
      const narrowing = new native.Narrowing(to)
      set(narrowing, parts)
      return parent.delegate(signer, narrowing, id, now)
    }))
  }

  verify(trust, more) {
    const { now } = options(more, ['now'], 'verify')
    const chain = handle(this, Chain, 'this')
    const anchors = handle(trust, Trust, 'trust')
    const at = moment(now)
    return new VerifiedChain(MAKER, ask(() => chain.verify(anchors, at)))
  }
}

/** A chain that was believed at one moment. */
export class VerifiedChain extends Handle {
  static name = 'VerifiedChain'

  authorize(request, proof, more) {
    const { now } = options(more, ['now'], 'authorize')
    const chain = handle(this, VerifiedChain, 'this')
    const lend = handle(request, Request, 'request')
    const evidence = handle(proof, Proof, 'proof')
    const at = moment(now)
    return new Permit(MAKER, ask(() => lend(call => chain.authorize(call, evidence, at))))
  }

  get agent() {
    return handle(this, VerifiedChain, 'this').agent()
  }

  get principal() {
    return handle(this, VerifiedChain, 'this').principal()
  }

  get task() {
    return handle(this, VerifiedChain, 'this').task()
  }

  get issuer() {
    return handle(this, VerifiedChain, 'this').issuer()
  }

  get holder() {
    return new PublicKey(MAKER, handle(this, VerifiedChain, 'this').holder())
  }

  get depth() {
    return handle(this, VerifiedChain, 'this').depth()
  }

  get expires() {
    return handle(this, VerifiedChain, 'this').expires()
  }

  get tools() {
    return JSON.parse(handle(this, VerifiedChain, 'this').tools())
  }
}

/** What both a grant and a narrowing may set. */
function narrowable(given) {
  return {
    agent: maybe(given.agent, agentText, 'agent'),
    lifetime: maybe(given.ttl, count, 'ttl'),
    notBefore: maybe(given.notBefore, seconds, 'notBefore'),
    maxDepth: maybe(given.maxDepth, count, 'maxDepth'),
  }
}

function stamp(given) {
  return { id: maybe(given.tokenId, bytes, 'tokenId', 16), now: moment(given.now) }
}

function set(builder, parts) {
  for (const [name, value] of Object.entries(parts)) if (value !== undefined) builder[name](value)
}

function toolsText(value, name) {
  if (typeof value === 'string') return text(value, name)
  if (isPlain(value)) return encode(value, name)
  throw new TypeError(`${name} must be a plain object, or its JSON text`)
}
