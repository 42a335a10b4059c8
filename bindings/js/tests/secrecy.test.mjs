// Nothing that prints or copies an object shows a key, a token or a proof.

import assert from 'node:assert/strict'
import { generateKeyPairSync, sign } from 'node:crypto'
import { test } from 'node:test'
import { inspect } from 'node:util'
import { keybound } from './package.mjs'
import { AUDIENCE, ISSUER, NOW, scene, trust } from './scene.mjs'

const seed = Uint8Array.from({ length: 32 }, (_, index) => index * 7 + 13)
const at = { now: NOW }

test('no view of an object shows bytes', () => {
  const { chain, proof, request, trust: trusted } = scene()
  const key = keybound.SigningKey.fromSeed(seed)
  const verified = chain.verify(trust(), at)
  const silent = [key, key.publicKey, chain, proof, request, trusted, verified, new keybound.Verifier(trusted)]
  const secrets = [seed, chain.toBytes(), proof.toBytes()].flatMap(pieces)
  // A permit tells the ids of its tokens, which are in their bytes; a signature is what must not be there.
  const signatures = [chain.toBytes().slice(-64), proof.toBytes().slice(-64), seed].flatMap(pieces)
  check(silent, secrets)
  check([verified.authorize(request, proof, at)], signatures)
})

/** What a client and a server hold between them over HTTP. */
async function http() {
  const { issuer, agent, request } = scene()
  const { privateKey, publicKey } = generateKeyPairSync('ed25519')
  const boundTo = agent.publicKey.jwkThumbprint
  const claims = { iss: ISSUER, sub: 'user:7', aud: AUDIENCE, client_id: 'agent-7', jti: 't-1', iat: NOW, exp: NOW + 300, cnf: { jkt: boundTo } }
  const input = [{ alg: 'Ed25519', typ: 'at+jwt' }, claims].map(part => Buffer.from(JSON.stringify(part)).toString('base64url')).join('.')
  const jwt = `${input}.${sign(null, Buffer.from(input), privateKey).toString('base64url')}`
  const jwk = publicKey.export({ format: 'jwk' })

  const guard = new keybound.DpopGuard({ origins: AUDIENCE, nonceSecret: seed })
  const nonce = guard.freshNonce(at)
  const call = new keybound.DpopCall({ method: 'POST', uri: AUDIENCE, accessToken: jwt, nonce, body: seed, tool: 'pay', arguments: { note: 'hush-hush' } })
  const header = call.sign(agent, at)
  const tokens = new keybound.AccessTokens({ issuer: ISSUER, audience: AUDIENCE, jwks: { keys: [jwk] } })
  const token = await tokens.check(jwt, at)
  const accepted = await guard.check(header, call, { ...at, boundTo })

  const chain = keybound.Chain.issue(issuer, { issuer: ISSUER, to: agent.publicKey, tools: { pay: {} }, audience: AUDIENCE, principal: 'user:7', agent: 'spiffe://example.org/agent/orch/task/one', task: 't', now: NOW, format: 'aat' })
  const proof = keybound.Proof.sign(agent, chain, request, at)
  const presentation = new keybound.Presentation(chain, proof)
  return { guard, nonce, call, header, tokens, token, accepted, jwt, jwk, boundTo, chain, proof, presentation }
}

/** Stretches of a text that must not be seen. */
function stretches(text) {
  return Array.from({ length: Math.floor(text.length / 12) }, (_, index) => text.slice(index * 12, index * 12 + 12))
}

const signatureOf = text => text.slice(text.lastIndexOf('.') + 1)

test('no view of what is held over HTTP shows a secret, a token or a proof', async () => {
  const { guard, nonce, call, header, tokens, token, accepted, jwt, jwk, chain, proof, presentation } = await http()
  const { aat_chain, aat_pop } = presentation.toJSON()
  const secrets = [...pieces(seed), ...[jwt, header, nonce, aat_pop, jwk.x, ...aat_chain].flatMap(stretches), 'hush']
  check([guard, call, tokens, chain, proof], secrets)
  // A presentation is written as JSON on purpose; nothing else shows it.
  for (const view of [inspect(presentation, { depth: 9, showHidden: true }), String(presentation), inspect(structuredClone(presentation), { depth: 9 })]) {
    for (const secret of secrets) assert.ok(!view.includes(secret), view)
  }
  assert.ok(secrets.some(secret => JSON.stringify(presentation).includes(secret)))
  // Evidence tells what was said and who said it; a signature is what must not be there.
  check([token, accepted], [...pieces(seed), ...[jwt, header].map(signatureOf).flatMap(stretches), nonce, 'hush'])
})

test('a copy of what is held is nothing', async () => {
  const { guard, call, tokens, header, jwt, boundTo, presentation } = await http()
  const { agent } = scene()
  for (const object of [guard, call, tokens, presentation]) {
    assert.deepEqual([Object.keys(object), Object.getOwnPropertySymbols(object), { ...object }], [[], [], {}])
    assert.deepEqual(structuredClone(object), {})
  }
  const copied = object => Object.setPrototypeOf(structuredClone(object), Object.getPrototypeOf(object))
  await assert.rejects(guard.check(header, copied(call), { ...at, boundTo }), { name: 'TypeError', message: /^call/ })
  await assert.rejects(copied(guard).check(header, call, { ...at, boundTo }), { name: 'TypeError', message: /^this/ })
  await assert.rejects(copied(tokens).check(jwt, at), { name: 'TypeError', message: /^this/ })
  assert.throws(() => copied(call).sign(agent), { name: 'TypeError', message: /^this/ })
  assert.throws(() => copied(presentation).chain, { name: 'TypeError', message: /^this/ })
  assert.throws(() => copied(guard).freshNonce(), { name: 'TypeError', message: /^this/ })
  // The originals are as they were.
  assert.equal((await tokens.check(jwt, at)).boundTo, boundTo)
  await guard.check(call.sign(agent, at), call, { ...at, boundTo })
})

test('a refusal over HTTP shows neither proof, token nor secret', async () => {
  const { guard, nonce, call, header, tokens, jwt, boundTo, chain, presentation } = await http()
  const turned = text => text.slice(0, -9) + (text.at(-9) === 'A' ? 'B' : 'A') + text.slice(-8)
  const plain = new keybound.DpopCall({ method: 'POST', uri: AUDIENCE })
  const { aat_chain, aat_pop } = presentation.toJSON()
  const secrets = [...pieces(seed), ...[jwt, header, nonce, aat_pop, ...aat_chain].flatMap(stretches), 'hush']
  for (const [code, run] of [
    ['proof.bad_signature', () => guard.check(turned(header), call, { ...at, boundTo })],
    ['proof.replayed', () => guard.check(header, call, { ...at, boundTo })],
    ['dpop.wrong_key', () => guard.check(header, call, at)],
    ['dpop.wrong_access_token', () => guard.check(header, new keybound.DpopCall({ method: 'POST', uri: AUDIENCE, accessToken: 'x' }), { ...at, boundTo })],
    ['dpop.use_nonce', () => guard.check(plain.sign(scene().agent, at), plain, at)],
    ['jose.not_compact', () => guard.check(header.replace('.', ''), plain, at)],
    ['access_token.bad_signature', () => tokens.check(turned(jwt), at)],
    ['time.expired', () => tokens.check(jwt, { now: NOW + 1000 })],
    ['time.expired', async () => chain.verify(trust(), { now: NOW + 1000 })],
    ['json.bad', async () => keybound.Chain.parse(chain.toBytes().slice(0, -1))],
    ['json.bad', async () => keybound.Presentation.parse(JSON.stringify(presentation).slice(0, -1))],
  ]) {
    await assert.rejects(run, error => {
      const view = (inspect(error, { depth: 9, showHidden: true }) + JSON.stringify(error)).replace(/\s+/g, ' ')
      assert.equal(error.code, code)
      return error instanceof keybound.Refusal && secrets.every(secret => !view.includes(secret))
    })
  }
})

function check(objects, secrets) {
  for (const object of objects) {
    for (const view of views(object)) {
      for (const secret of secrets) assert.ok(!view.includes(secret), `${object.constructor.name} shows ${secret}: ${view}`)
    }
  }
}

test('a refusal shows neither the token nor its arguments', () => {
  const { chain, root, agent, helper } = scene()
  const bytes = chain.toBytes()
  bytes[bytes.length - 1] ^= 1
  const secrets = [bytes, root.toBytes()].flatMap(pieces)
  for (const run of [() => keybound.Chain.parse(bytes).verify(trust(), at), () => keybound.Chain.parse(bytes.slice(0, -1)), () => root.delegate(helper, { to: agent.publicKey, now: NOW })]) {
    assert.throws(run, error => {
      const view = inspect(error, { depth: 9 })
      return error instanceof keybound.Refusal && secrets.every(secret => !view.includes(secret))
    })
  }
})

function views(object) {
  const shown = [inspect(object, { depth: 9, showHidden: true }), JSON.stringify(object) ?? '', String(object)]
  try {
    shown.push(inspect(structuredClone(object), { depth: 9 }))
  } catch (error) {
    assert.equal(error.name, 'DataCloneError')
  }
  // The console puts long lists of numbers into columns.
  return shown.map(view => view.replace(/\s+/g, ' '))
}

// Nine bytes in a row, as they would be seen in JSON, in hex, base64, base64url and as a list of numbers.
function pieces(bytes) {
  const found = []
  for (let start = 0; start + 9 <= bytes.length; start += 9) {
    const piece = Buffer.from(bytes.slice(start, start + 9))
    found.push([...piece].map((byte, index) => `"${start + index}":${byte}`).join(), piece.toString('hex'), piece.toString('base64'), piece.toString('base64url'), [...piece].join(', '), [...piece].join(','))
  }
  return found
}
