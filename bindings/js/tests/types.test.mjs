// A wrong type is a TypeError that names the parameter, and nothing is changed in silence.

import assert from 'node:assert/strict'
import { test } from 'node:test'
import vm from 'node:vm'
import { keybound } from './package.mjs'
import { AUDIENCE, ISSUER, NOW, scene, trust } from './scene.mjs'

const { Chain, Permit, Proof, PublicKey, Request, SigningKey, Trust, VerifiedChain, Verifier, constraint } = keybound
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
