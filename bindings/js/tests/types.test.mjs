// A wrong type is a TypeError that names the parameter, and nothing is changed in silence.

import assert from 'node:assert/strict'
import { test } from 'node:test'
import vm from 'node:vm'
import { keybound } from './package.mjs'
import { AUDIENCE, ISSUER, NOW, scene, trust } from './scene.mjs'

const { AccessTokens, Chain, DpopCall, DpopGuard, Permit, Presentation, Proof, PublicKey, Request, SigningKey, Trust, VerifiedChain, Verifier, constraint } = keybound
const at = { now: NOW }
const { issuer, agent, chain, request, proof } = scene()
const grant = { issuer: ISSUER, to: agent.publicKey, tools: {}, audience: AUDIENCE, now: NOW }
const call = { tool: 'pay', arguments: {}, audience: AUDIENCE }
const anchors = { [ISSUER]: issuer.publicKey }

const wrong = {
  seed: [() => SigningKey.fromSeed('a'.repeat(32)), () => SigningKey.fromSeed(new Uint8Array(31))],
  bytes: [() => new PublicKey(), () => new PublicKey([1, 2]), () => Chain.parse('d8'), () => Proof.parse(new ArrayBuffer(3))],
  key: [() => Chain.issue(issuer.publicKey, grant), () => Proof.sign({}, chain, request)],
  issuer: [() => Chain.issue(issuer, { ...grant, issuer: 7 }), () => Chain.issue(issuer, { ...grant, issuer: 'a\ud800' })],
  to: [() => Chain.issue(issuer, { ...grant, to: 'me' }), () => chain.delegate(agent, {}), () => chain.delegate(agent, { to: agent })],
  tools: [() => Chain.issue(issuer, { ...grant, tools: null }), () => Chain.issue(issuer, { ...grant, tools: ['pay'] })],
  audience: [() => Chain.issue(issuer, { ...grant, audience: 1 }), () => Chain.issue(issuer, { ...grant, audience: [1] }), () => new Request({ ...call, audience: undefined })],
  principal: [() => Chain.issue(issuer, { ...grant, principal: null })],
  agent: [() => Chain.issue(issuer, { ...grant, agent: {} })],
  task: [() => Chain.issue(issuer, { ...grant, task: 1 })],
  ttl: [-1, 1.5, '300', 2 ** 32, NaN, 300n].map(ttl => () => Chain.issue(issuer, { ...grant, ttl })),
  notBefore: [() => Chain.issue(issuer, { ...grant, notBefore: new Date() })],
  maxDepth: [() => Chain.issue(issuer, { ...grant, maxDepth: -1 })],
  tokenId: [() => Chain.issue(issuer, { ...grant, tokenId: new Uint8Array(15) })],
  now: [-1, 1.5, '1', NaN, Infinity, 2 ** 53, null, 1n].map(now => () => chain.verify(trust(), { now })),
  trust: [() => chain.verify({}), () => new Verifier(), () => new Verifier(Object.create(Trust.prototype))],
  chain: [() => Proof.sign(agent, chain.toBytes(), request), () => new Verifier(trust()).authorize(chain, proof, request, at)],
  proof: [() => new Verifier(trust()).authorize(chain.toBytes(), proof, request, at), () => chain.verify(trust(), at).authorize(request, chain, at)],
  request: [() => chain.verify(trust(), at).authorize(call, proof, at), () => Proof.sign(agent, chain, proof)],
  proofId: [() => Proof.sign(agent, chain, request, { proofId: 'a' })],
  tool: [() => new Request({ ...call, tool: 1 }), () => new Request({})],
  arguments: [() => new Request({ ...call, arguments: undefined }), () => new Request({ ...call, arguments: [] }), () => new Request({ ...call, arguments: 5 }), () => new Request({ ...call, arguments: new Map() })],
  method: [() => new Request({ ...call, method: 1, uri: 'https://a.example/' })],
  uri: [() => new Request({ ...call, method: 'GET', uri: new URL('https://a.example/') })],
  body: [() => new Request({ ...call, method: 'GET', uri: 'https://a.example/', body: 'text' })],
  nonce: [() => new Request({ ...call, nonce: 'n' })],
  anchors: [() => new Trust({ audience: AUDIENCE }), () => new Trust({ anchors: { [ISSUER]: 'key' }, audience: AUDIENCE })],
  limits: [() => new Trust({ anchors, audience: AUDIENCE, limits: { dept: 3 } }), () => new Trust({ anchors, audience: AUDIENCE, limits: { depth: -1 } })],
  revoked: [() => new Trust({ anchors, audience: AUDIENCE, revoked: [new Uint8Array(4)] }), () => new Trust({ anchors, audience: AUDIENCE, revoked: 'all' })],
  replayCapacity: [() => new Trust({ anchors, audience: AUDIENCE, replayCapacity: 1.5 })],
  identity: [() => new Trust({ anchors, audience: AUDIENCE, identity: 'optinal' })],
  audienceRequired: [() => new Trust({ anchors, audience: AUDIENCE, audienceRequired: 'no' })],
  cacheCapacity: [() => new Verifier(trust(), { cacheCapacity: -1 })],
}

for (const [parameter, calls] of Object.entries(wrong)) {
  test(`a wrong ${parameter} is named`, () => {
    for (const run of calls) assert.throws(run, { name: 'TypeError', message: new RegExp(`^${parameter}\\b`) }, `${run}`)
  })
}

const http = more => new DpopCall({ method: 'POST', uri: 'https://tools.example/mcp', ...more })
const guard = more => new DpopGuard({ origins: AUDIENCE, ...more })
const jwks = { keys: [issuer.publicKey.toJwk()] }
const tokens = more => new AccessTokens({ issuer: ISSUER, audience: AUDIENCE, jwks, ...more })
const header = http().sign(agent, at)
const secret = new Uint8Array(32)

// The honest ones, of which each of the wrong ones differs in one thing.
const right = [
  () => http({ accessToken: 'a.b.c', nonce: 'n', body: new Uint8Array(2), tool: 'pay', arguments: '{}' }),
  () => http().sign(agent, { now: NOW, proofId: new Uint8Array(16) }),
  () => guard({ origins: [AUDIENCE], algorithms: ['Ed25519'], nonceSecret: secret, noncePeriod: 60, bindingRequired: true, replayCapacity: 9, limits: { proof_age: 5 } }),
  () => guard({ nonceSecret: secret }).freshNonce(at),
  () => tokens({ jwks: JSON.stringify(jwks), algorithms: ['Ed25519', 'ES256', 'EdDSA'], bearerAllowed: true, limits: { skew: 5 } }),
  () => guard().check([header], http(), at),
  () => Chain.issue(issuer, { ...grant, format: 'aat' }),
  () => PublicKey.fromJwk(JSON.stringify(agent.publicKey.toJwk())),
  () => trust({ proofAudienceRequired: false }),
]

const notText = [undefined, null, 7, true, 7n, new Uint8Array(2), ['a'], {}, 'a\ud800']
const notCount = [-1, 1.5, '60', 2 ** 32, NaN, Infinity, 60n, null, undefined]
const notFlag = ['no', 1, 0, null, undefined]
const notBytes = [undefined, null, 'a'.repeat(32), Array(32).fill(0), new ArrayBuffer(32), 32]
const notLimits = [null, undefined, [], 5, new Map()]

const wrongOverHttp = {
  method: notText.map(method => () => http({ method })),
  uri: [...notText, new URL('https://tools.example/mcp')].map(uri => () => http({ uri })),
  accessToken: notText.map(accessToken => () => http({ accessToken })),
  nonce: notText.map(nonce => () => http({ nonce })),
  body: notBytes.map(body => () => http({ body })),
  tool: [...notText.map(tool => () => http({ tool, arguments: {} })), () => http({ arguments: {} })],
  arguments: [...[undefined, null, [], 5, new Map(), { x: 1n }, { x: NaN }, { x: undefined }].map(input => () => http({ tool: 'pay', arguments: input })), () => http({ tool: 'pay' })],
  key: [undefined, null, {}, agent.publicKey, secret].map(key => () => http().sign(key)),
  now: [...[-1, 1.5, '1', NaN, 2 ** 53, null, 1n].flatMap(now => [() => http().sign(agent, { now }), () => guard({ nonceSecret: secret }).freshNonce({ now }), () => guard().check(header, http(), { now }), () => tokens().check('a.b.c', { now })])],
  proofId: ['a', new Uint8Array(15), null, undefined].map(proofId => () => http().sign(agent, { proofId })),
  origins: [() => new DpopGuard({}), () => new DpopGuard(), ...[null, 7, [7], new URL(AUDIENCE), ['a\ud800']].map(origins => () => guard({ origins }))],
  algorithms: [null, undefined, 7, [], ['ES256'], ['Ed25519', 'none'], ['Ed25519', 7]].flatMap(algorithms => [() => guard({ algorithms }), () => tokens({ algorithms })]),
  nonceSecret: [...notBytes, new Uint8Array(31)].map(nonceSecret => () => guard({ nonceSecret })),
  noncePeriod: notCount.map(noncePeriod => () => guard({ nonceSecret: secret, noncePeriod })),
  bindingRequired: notFlag.map(bindingRequired => () => guard({ bindingRequired })),
  replayCapacity: notCount.map(replayCapacity => () => guard({ replayCapacity })),
  limits: [...notLimits, { proof_aeg: 5 }, { proof_age: -1 }, { proof_age: '5' }, { proof_age: 5n }].flatMap(limits => [() => guard({ limits }), () => tokens({ limits })]),
  headers: [undefined, null, 7, new Uint8Array(2), [null], [header, 7], 'a\ud800'].map(headers => () => guard().check(headers, http(), at)),
  call: [undefined, null, {}, { method: 'POST', uri: AUDIENCE }, request].map(call => () => guard().check(header, call, at)),
  boundTo: [undefined, null, 7, agent.publicKey, 'a\ud800'].map(boundTo => () => guard().check(header, http(), { now: NOW, boundTo })),
  issuer: notText.map(issuer => () => tokens({ issuer })),
  audience: [null, undefined, 7, [7]].map(audience => () => tokens({ audience })),
  jwks: [null, undefined, 7, [], secret, { keys: [1n] }, { keys: [undefined] }].map(jwks => () => tokens({ jwks })),
  bearerAllowed: notFlag.map(bearerAllowed => () => tokens({ bearerAllowed })),
  token: notText.map(token => () => tokens().check(token, at)),
  jwk: [undefined, null, 7, [], secret, { x: 1n }].map(jwk => () => PublicKey.fromJwk(jwk)),
  json: [undefined, null, 7, [], { aat_chain: [undefined] }].map(json => () => Presentation.parse(json)),
  chain: [undefined, null, chain.toBytes(), proof].map(chain => () => new Presentation(chain, proof)),
  proof: [undefined, null, proof.toBytes(), chain].map(proof => () => new Presentation(chain, proof)),
  format: [null, undefined, 7, 'jwt', 'AAT'].map(format => () => Chain.issue(issuer, { ...grant, format })),
  proofAudienceRequired: notFlag.map(proofAudienceRequired => () => trust({ proofAudienceRequired })),
}

test('what is right over HTTP is taken', async () => {
  for (const run of right) await run()
})

for (const [parameter, calls] of Object.entries(wrongOverHttp)) {
  test(`a wrong ${parameter} over HTTP is named`, async () => {
    // What checks answers later, and so does its TypeError.
    for (const run of calls) await assert.rejects(async () => run(), { name: 'TypeError', message: new RegExp(`^${parameter}\\b`) }, `${run}`)
  })
}

test('what checks refuses later, never at once', async () => {
  for (const run of [() => guard().check(7, http()), () => tokens().check(7), () => DpopGuard.prototype.check.call({}, header, http())]) {
    const answer = run()
    assert.ok(answer instanceof Promise)
    await assert.rejects(answer, TypeError)
  }
})

test('a list of algorithms is a list', () => {
  for (const make of [guard, tokens]) {
    make({ algorithms: ['Ed25519'] })
    assert.throws(() => make({ algorithms: 'Ed25519' }), { name: 'TypeError', message: /^algorithms\b/ })
  }
})

test('a thumbprint that is none is no key', async () => {
  const boundTo = agent.publicKey.jwkThumbprint
  assert.equal((await guard().check(header, http(), { now: NOW, boundTo })).thumbprint, boundTo)
  for (const wrong of ['', 'x', boundTo.slice(1), `${boundTo}=`]) await assert.rejects(guard().check(header, http(), { now: NOW, boundTo: wrong }), TypeError)
})

test('a misspelt option over HTTP is not an absent one', async () => {
  assert.throws(() => http({ acessToken: 'a' }), { name: 'TypeError', message: /acessToken/ })
  assert.throws(() => guard({ nonceSecrt: secret }), { name: 'TypeError', message: /nonceSecrt/ })
  assert.throws(() => tokens({ algorithm: [] }), { name: 'TypeError', message: /"algorithm"/ })
  assert.throws(() => http().sign(agent, NOW), TypeError)
  assert.throws(() => trust({ proofAudienceRequird: true }), { name: 'TypeError', message: /proofAudienceRequird/ })
  await assert.rejects(guard().check(header, http(), { now: NOW, bound: 'x' }), { name: 'TypeError', message: /bound/ })
  await assert.rejects(guard().check(header, http(), NOW), TypeError)
  await assert.rejects(tokens().check('a.b.c', { at: NOW }), { name: 'TypeError', message: /at/ })
})

test('an object of another class is none of ours', async () => {
  const forged = Object.setPrototypeOf(request, DpopCall.prototype)
  await assert.rejects(guard().check(header, forged, at), { name: 'TypeError', message: 'call must be a DpopCall' })
  assert.throws(() => DpopCall.prototype.sign.call(forged, agent), { name: 'TypeError', message: 'this must be a DpopCall' })
  assert.throws(() => DpopGuard.prototype.freshNonce.call(tokens()), { name: 'TypeError', message: 'this must be a DpopGuard' })
  await assert.rejects(AccessTokens.prototype.check.call(guard(), 'a.b.c'), { name: 'TypeError', message: 'this must be a AccessTokens' })
  Object.setPrototypeOf(request, Request.prototype)
})

test('a misspelt option is not an absent one', () => {
  assert.throws(() => new Trust({ anchors, audience: AUDIENCE, revokd: [] }), { name: 'TypeError', message: /revokd/ })
  assert.throws(() => Chain.issue(issuer, { ...grant, maxdepth: 1 }), { name: 'TypeError', message: /maxdepth/ })
  assert.throws(() => chain.verify(trust(), NOW), TypeError)
})

test('what only the package makes cannot be made by hand', () => {
  for (const Class of [SigningKey, Chain, VerifiedChain, Proof, Permit]) assert.throws(() => new Class(), TypeError)
  const forged = Object.setPrototypeOf(issuer.publicKey, SigningKey.prototype)
  assert.throws(() => Chain.issue(forged, grant), { name: 'TypeError', message: 'key must be a SigningKey' })
})

test('what JSON cannot hold is refused, never changed', () => {
  const cyclic = { a: {} }
  cyclic.a.b = cyclic
  const values = [NaN, Infinity, -Infinity, undefined, () => 1, Symbol('s'), 1n, new Date(), new Map(), new Uint8Array(2), Object(1), cyclic, [, 1], [undefined]]
  for (const value of values) {
    const error = { name: 'TypeError', message: /^arguments\.x/ }
    assert.throws(() => new Request({ ...call, arguments: { x: value } }), error, `${String(value)}`)
    assert.throws(() => new Request({ ...call, arguments: { x: [{ y: value }] } }), error)
  }
  assert.throws(() => new Request({ ...call, arguments: { [Symbol('s')]: 1 } }), TypeError)
  assert.throws(() => new Request({ ...call, arguments: { x: Object.assign([1], { y: 2 }) } }), TypeError)
  assert.throws(() => Chain.issue(issuer, { ...grant, tools: { pay: { amount: constraint.exact(NaN) } } }), /^TypeError: tools\.pay\.amount\.value/)
  let deep = {}
  for (let level = 0; level < 100_000; level += 1) deep = { deep }
  assert.throws(() => new Request({ ...call, arguments: deep }), TypeError)
})

test('an object and its JSON text are the same call', () => {
  const value = { n: -0, e: 1e21, s: 'ü\u2028"\\', a: [null, true, { b: 0.1 }], o: Object.create(null) }
  const text = '{"a":[null,true,{"b":0.1}],"e":1e21,"n":0,"o":{},"s":"ü\\u2028\\"\\\\"}'
  for (const form of [value, text, new TextEncoder().encode(text), vm.runInNewContext(`(${text})`)]) {
    const { root, agent } = scene()
    const tools = root.delegate(agent, { to: agent.publicKey, tools: { read: {} }, now: NOW })
    const signed = Proof.sign(agent, tools, new Request({ ...call, tool: 'read', arguments: value }), at)
    tools.verify(trust(), at).authorize(new Request({ ...call, tool: 'read', arguments: form }), signed, at)
  }
})

test('what the core cannot accept stays the core\'s to refuse', () => {
  assert.throws(() => new Request({ ...call, arguments: { x: '\ud800' } }), { code: 'json.lone_surrogate' })
  assert.throws(() => new Request({ ...call, arguments: '{"a":1,"a":2}' }), { code: 'json.duplicate_member' })
  assert.throws(() => new Request({ ...call, arguments: '[]' }), { code: 'json.not_an_object' })
  assert.throws(() => new Request({ ...call, tool: '' }), { code: 'request.bad' })
  assert.throws(() => http({ tool: 'pay', arguments: { x: '\ud800' } }), { code: 'json.lone_surrogate' })
  assert.throws(() => http({ tool: 'pay', arguments: '{"a":1,"a":2}' }), { code: 'json.duplicate_member' })
  assert.throws(() => http({ tool: 'pay', arguments: '[]' }), { code: 'json.not_an_object' })
  assert.throws(() => http({ method: '' }), { code: 'request.bad' })
  assert.throws(() => guard({ origins: [] }), { code: 'request.bad' })
  assert.throws(() => guard({ origins: 'tools.example' }), { code: 'request.bad' })
  assert.throws(() => tokens({ jwks: '{"keys":[],"keys":[]}' }), { code: 'json.duplicate_member' })
  assert.throws(() => tokens({ jwks: {} }), { code: 'jose.bad_key_set' })
  assert.throws(() => PublicKey.fromJwk({ ...agent.publicKey.toJwk(), d: 'A'.repeat(43) }), { code: 'key.private' })
})

test('constraint helpers write the shape a token carries', () => {
  assert.deepEqual(constraint.range({ min: 1, maxInclusive: false, max: 2 }), { constraint_type: 'range', min: 1, max: 2, max_inclusive: false })
  assert.deepEqual(constraint.optional(constraint.any(constraint.exact(1), constraint.wildcard())), {
    constraint_type: 'any',
    constraints: [{ constraint_type: 'exact', value: 1 }, { constraint_type: 'wildcard' }],
    optional: true,
  })
  assert.deepEqual(
    [constraint.oneOf(1, 2), constraint.notOneOf(1), constraint.contains('a'), constraint.subset('a'), constraint.all(constraint.wildcard())].map(c => Object.keys(c)[1]),
    ['values', 'excluded', 'required', 'allowed', 'constraints'],
  )
})

test('a period of nonces needs their secret', () => {
  assert.ok(guard({ nonceSecret: secret, noncePeriod: 60 }).freshNonce(at))
  // Without it no nonce would come, and nobody would be asked for one.
  assert.throws(() => guard({ noncePeriod: 60 }), { name: 'TypeError', message: /nonce secret/ })
})

test('a call over HTTP serves more than once', async () => {
  const call = http({ body: new Uint8Array(2) })
  const [one, two] = [call.sign(agent, at), call.sign(agent, at)]
  const server = guard({ bindingRequired: true })
  assert.deepEqual([(await server.check(one, call, at)).isBound, (await server.check(two, call, at)).isBound], [true, true])
  await assert.rejects(server.check(one, call, at), { code: 'proof.replayed' })
})
