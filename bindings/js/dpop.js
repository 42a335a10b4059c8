// DPoP (RFC 9449) and access tokens (RFC 9068).
//
// Checking is asynchronous, because the Wasm module leaves ES256 to WebCrypto, which answers later. The module asks exact
// questions, and what it was not told counts as a no.

import { bytes, count, flag, maybe, moment, options, text, texts } from './check.js'
import { jsonBytes, lender } from './call.js'
import { encode, isPlain } from './json.js'
import { SigningKey } from './key.js'
import { limitPairs } from './limits.js'
import { Handle, MAKER, ask, handle, native } from './native.js'
import { freeze, list } from './verify.js'

const CALL = ['method', 'uri', 'accessToken', 'nonce', 'body', 'tool', 'arguments']
const GUARD = ['origins', 'algorithms', 'nonceSecret', 'noncePeriod', 'bindingRequired', 'replayCapacity', 'limits']
const TOKENS = ['issuer', 'audience', 'jwks', 'algorithms', 'bearerAllowed', 'limits']

/** One HTTP request, as the client sends it or as the server received it. */
export class DpopCall extends Handle {
  static name = 'DpopCall'

  constructor(call) {
    super(MAKER, makeCall(options(call, CALL, 'DpopCall')), DpopCall)
  }

  sign(key, more) {
    const { now, proofId } = options(more, ['now', 'proofId'], 'sign')
    const lend = handle(this, DpopCall, 'this')
    const signer = handle(key, SigningKey, 'key')
    const id = maybe(proofId, bytes, 'proofId', 16)
    const at = moment(now)
    return ask(() => lend(call => call.sign(signer, id, at)))
  }
}

function makeCall(call) {
  const method = text(call.method, 'method')
  const uri = text(call.uri, 'uri')
  const accessToken = maybe(call.accessToken, text, 'accessToken')
  const nonce = maybe(call.nonce, text, 'nonce')
  const body = maybe(call.body, bytes, 'body')
  const tool = maybe(call.tool, text, 'tool')
  const input = maybe(call.arguments, jsonBytes, 'arguments')
  const parts = [method, uri, accessToken, nonce, body, tool, input]
  return lender((...call) => new native.DpopCall(...call), parts)
}

/** What a server keeps: its public origins, what it accepts, its memory against replays. */
export class DpopGuard extends Handle {
  static name = 'DpopGuard'

  constructor(config) {
    super(MAKER, makeGuard(options(config, GUARD, 'DpopGuard')), DpopGuard)
  }

  async check(headers, call, more) {
    const { boundTo, now } = options(more, ['boundTo', 'now'], 'check')
    const guard = handle(this, DpopGuard, 'this')
    const values = texts(headers, 'headers')
    const lend = handle(call, DpopCall, 'call')
    const key = maybe(boundTo, text, 'boundTo')
    const at = moment(now)
    return freeze(await decide(ask(() => lend(request => guard.open(values, request, key))), at))
  }

  freshNonce(more) {
    const { now } = options(more, ['now'], 'freshNonce')
    const guard = handle(this, DpopGuard, 'this')
    const at = moment(now)
    return ask(() => guard.freshNonce(at)) ?? undefined
  }
}

function makeGuard(given) {
  const origins = texts(given.origins, 'origins')
  const algorithms = maybe(given.algorithms, names, 'algorithms')
  const secret = maybe(given.nonceSecret, bytes, 'nonceSecret', 32)
  const period = maybe(given.noncePeriod, count, 'noncePeriod')
  const bindingRequired = maybe(given.bindingRequired, flag, 'bindingRequired')
  const capacity = maybe(given.replayCapacity, count, 'replayCapacity')
  const limits = limitPairs(given.limits)
  return ask(() => {
    const guard = new native.DpopGuardBuilder(origins)
    if (algorithms !== undefined) guard.algorithms(algorithms)
    if (secret !== undefined || period !== undefined) guard.nonces(secret, period)
    if (bindingRequired === true) guard.bindingRequired()
    if (capacity !== undefined) guard.replayCapacity(capacity)
    for (const [name, value] of limits) guard.limit(name, value)
    return guard.build()
  })
}

/** What a resource server believes of access tokens. */
export class AccessTokens extends Handle {
  static name = 'AccessTokens'

  constructor(config) {
    super(MAKER, makeTokens(options(config, TOKENS, 'AccessTokens')), AccessTokens)
  }

  async check(token, more) {
    const { now } = options(more, ['now'], 'check')
    const rules = handle(this, AccessTokens, 'this')
    const checked = text(token, 'token')
    const at = moment(now)
    return freeze(await decide(ask(() => rules.open(checked)), at))
  }
}

function makeTokens(given) {
  const issuer = text(given.issuer, 'issuer')
  const audience = texts(given.audience, 'audience')
  const jwks = isPlain(given.jwks) ? encode(given.jwks, 'jwks') : text(given.jwks, 'jwks')
  const algorithms = maybe(given.algorithms, names, 'algorithms')
  const bearerAllowed = maybe(given.bearerAllowed, flag, 'bearerAllowed')
  const limits = limitPairs(given.limits)
  return ask(() => {
    const tokens = new native.AccessTokensBuilder(issuer, audience, jwks)
    if (algorithms !== undefined) tokens.algorithms(algorithms)
    if (bearerAllowed === true) tokens.bearerAllowed()
    for (const [name, value] of limits) tokens.limit(name, value)
    return tokens.build()
  })
}

function names(value, name) {
  return list(value, name, text)
}

/** Answers what is asked, then decides. */
async function decide(opened, at) {
  const answers = []
  for (let index = 0; ; index += 1) {
    const question = opened.check(index)
    if (question === undefined || question === null) break
    answers.push((await holds(question)) ? 1 : 0)
  }
  return JSON.parse(ask(() => opened.decide(Uint8Array.from(answers), at)))
}

/** Whether an ES256 signature holds: x, y and the signature, 32, 32 and 64 bytes, then the message. */
async function holds(question) {
  const curve = { name: 'ECDSA', namedCurve: 'P-256' }
  const point = new Uint8Array(65)
  point[0] = 4
  point.set(question.subarray(0, 64), 1)
  try {
    // Importing refuses what is no point of the curve.
    const key = await crypto.subtle.importKey('raw', point, curve, false, ['verify'])
    const how = { name: 'ECDSA', hash: 'SHA-256' }
    return (await crypto.subtle.verify(how, key, question.slice(64, 128), question.slice(128))) === true
  } catch {
    return false
  }
}
