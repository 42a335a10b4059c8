// The five operations, and what comes out of them.

import assert from 'node:assert/strict'
import { generateKeyPairSync, sign } from 'node:crypto'
import { readFileSync } from 'node:fs'
import { test } from 'node:test'
import { keybound, required } from './package.mjs'
import { AGENT, AUDIENCE, ISSUER, NOW, scene, trust } from './scene.mjs'

const { AccessTokens, AgentId, Chain, Denied, DpopCall, DpopGuard, Malformed, Presentation, Proof, PublicKey, Refusal, Request, SigningKey, Untrusted, Verifier, constraint } = keybound
const at = { now: NOW }

test('both roads permit the same call', () => {
  const { chain, request, proof } = scene()
  const long = chain.verify(trust(), at).authorize(request, proof, at)
  const quick = new Verifier(trust()).authorize(chain.toBytes(), proof.toBytes(), request, at)
  assert.deepEqual(long.toJSON(), quick.toJSON())
  assert.deepEqual(
    [quick.agent, quick.principal, quick.task, quick.tool, quick.audience, quick.issuer, quick.expires, quick.leewayUsed],
    [AGENT, 'user:7', 'task-1', 'pay', AUDIENCE, ISSUER, NOW + 300, 0],
  )
})

test('a permit tells who authorised whom', () => {
  const { issuer, agent, helper, chain, request, proof } = scene()
  const { lineage, holder } = chain.verify(trust(), at).authorize(request, proof, at)
  assert.equal(holder, helper.publicKey.thumbprint)
  assert.deepEqual(lineage.map(hop => [hop.depth, hop.delegator, hop.holder, hop.issuedAt]), [
    [0, issuer.publicKey.thumbprint, agent.publicKey.thumbprint, NOW],
    [1, agent.publicKey.thumbprint, helper.publicKey.thumbprint, NOW],
  ])
  assert.match(lineage[1].tokenId, /^[0-9a-f]{32}$/)
  assert.ok(lineage[1].narrowed.length > 0)
  assert.throws(() => lineage[1].narrowed.push('nothing'), TypeError)
  assert.throws(() => Object.assign(lineage[0], { holder: 'me' }), TypeError)
})

test('a verified chain says what it grants', () => {
  const verified = scene().chain.verify(trust(), at)
  assert.deepEqual(
    [verified.agent, verified.principal, verified.task, verified.issuer, verified.depth, verified.expires],
    [AGENT, 'user:7', 'task-1', ISSUER, 1, NOW + 300],
  )
  assert.ok(verified.holder.equals(scene().helper.publicKey))
  assert.deepEqual(Object.keys(verified.tools), ['pay'])
})

test('a proof counts once', () => {
  const { chain, request, proof, trust } = scene()
  const verified = chain.verify(trust, at)
  verified.authorize(request, proof, at)
  assert.throws(() => verified.authorize(request, proof, at), { name: 'Untrusted', code: 'proof.replayed' })
})

test('a refusal has the class of its family, and its parts', () => {
  const { issuer, agent, helper, root, chain } = scene()
  const tools = { pay: { amount: keybound.constraint.range({ max: 1000 }), to: keybound.constraint.exact('bob') } }
  const widened = thrown(() => root.delegate(agent, { to: helper.publicKey, tools, now: NOW }))
  assert.ok(widened instanceof Untrusted && widened instanceof Refusal && widened instanceof Error)
  assert.deepEqual([widened.name, widened.family], ['Untrusted', 'untrusted'])
  assert.deepEqual([widened.tool, widened.argument], ['pay', 'amount'])
  assert.ok(widened.fix.length > 0 && widened.message.length > 0)

  const request = new Request({ tool: 'read', arguments: {}, audience: AUDIENCE })
  const proof = Proof.sign(helper, chain, request, at)
  const denied = thrown(() => chain.verify(trust(), at).authorize(request, proof, at))
  assert.ok(denied instanceof Denied)
  assert.deepEqual([denied.code, denied.family, denied.tool, denied.link], ['call.tool_not_granted', 'denied', 'read', 1])

  const malformed = thrown(() => Chain.parse(new Uint8Array()))
  assert.ok(malformed instanceof Malformed)
  assert.equal(malformed.link, undefined)
  assert.throws(() => Proof.sign(issuer, chain, request, at), { code: 'proof.not_the_holder' })
})

test('bytes and keys survive the way out and in', () => {
  const { chain, proof, issuer } = scene()
  assert.deepEqual(Chain.parse(chain.toBytes()).toBytes(), chain.toBytes())
  assert.deepEqual(Proof.parse(proof.toBytes()).toBytes(), proof.toBytes())
  const key = new PublicKey(issuer.publicKey.toBytes())
  assert.ok(key.equals(issuer.publicKey) && !key.equals(SigningKey.generate().publicKey))
  assert.equal(chain.length, 2)
  assert.ok(Chain.parse(Buffer.from(chain.toBytes())).length === 2, 'a Buffer is a Uint8Array')
})

test('an agent id has its parts', () => {
  const id = AgentId.parse(AGENT)
  assert.deepEqual([id.trustDomain, id.orchestrator, id.task, id.instance, `${id}`], ['example.org', 'orch', 'task', 'one', AGENT])
  assert.throws(() => new AgentId('spiffe://example.org/agent/x'), { code: 'agent.bad_id' })
})

test('an HTTP call needs both its method and its target', () => {
  const call = { tool: 'pay', arguments: {}, audience: AUDIENCE }
  assert.throws(() => new Request({ ...call, method: 'POST' }), { name: 'TypeError', message: /uri/ })
  assert.throws(() => new Request({ ...call, uri: 'https://tools.example/pay' }), { name: 'TypeError', message: /method/ })
  new Request({ ...call, method: 'POST', uri: 'https://tools.example/pay', body: new Uint8Array(3) })
})

test('the clock is the default time', () => {
  const { agent, issuer } = scene()
  const chain = Chain.issue(issuer, { issuer: ISSUER, to: agent.publicKey, tools: { read: {} }, audience: AUDIENCE })
  const request = new Request({ tool: 'read', arguments: {}, audience: AUDIENCE })
  const proof = Proof.sign(agent, chain, request)
  const permit = new Verifier(trust({ identity: 'optional' })).authorize(chain.toBytes(), proof.toBytes(), request)
  assert.ok(Math.abs(permit.expires - Date.now() / 1000 - 300) < 5)
})

test('import and require meet the same classes', { skip: !process.features.require_module && process.env.KEYBOUND_PACKAGE === 'wasm' }, () => {
  assert.equal(required().Chain, Chain)
  assert.equal(required().Refusal, Refusal)
  assert.deepEqual(Object.keys(required()).sort(), Object.keys(keybound).filter(name => name !== 'default').sort())
})

/** The scene's chain in an encoding: issued, narrowed, and what proves a call. */
function played(format) {
  const { issuer, agent, helper, request } = scene()
  const tools = { pay: { amount: constraint.range({ max: 100 }), to: constraint.oneOf('alice', 'bob') }, read: {} }
  const grant = { issuer: ISSUER, to: agent.publicKey, tools, audience: AUDIENCE, principal: 'user:7', agent: AGENT, task: 'task-1', maxDepth: 2, now: NOW }
  const root = Chain.issue(issuer, { ...grant, format })
  const narrower = { pay: { amount: constraint.range({ max: 10 }), to: constraint.exact('bob') } }
  const chain = root.delegate(agent, { to: helper.publicKey, tools: narrower, ttl: 60, now: NOW })
  return { agent, helper, root, chain, request, proof: Proof.sign(helper, chain, request, at) }
}

for (const format of ['cwt', 'aat']) {
  const step = name => (format === 'aat' ? name : undefined)

  test(`a chain in ${format} is narrowed, proved and decided, once`, () => {
    const { helper, root, chain, request, proof } = played(format)
    assert.deepEqual([root.format, chain.format, chain.length], [format, format, 2])
    const received = Chain.parse(chain.toBytes())
    assert.deepEqual([received.format, received.toBytes()], [format, chain.toBytes()])
    assert.equal(chain.toBytes()[0] === '{'.charCodeAt(0), format === 'aat')
    const believed = trust()
    const decide = (call, evidence) => received.verify(believed, at).authorize(call, evidence, at)
    const beyond = new Request({ tool: 'pay', arguments: { amount: 11, to: 'bob' }, audience: AUDIENCE })
    assert.throws(() => decide(beyond, Proof.sign(helper, chain, beyond, at)), { name: 'Denied', code: 'call.argument_refused', link: 1, step: step('6b'), expected: undefined, received: undefined })
    assert.throws(() => decide(beyond, proof), { name: 'Untrusted', code: 'proof.wrong_arguments', step: step('7f') })
    assert.throws(() => decide(request, Proof.parse(played(format === 'aat' ? 'cwt' : 'aat').proof.toBytes())), { name: 'Malformed', code: 'envelope.wrong_type' })
    assert.throws(() => received.verify(believed, { now: NOW + 90 }), { name: 'Untrusted', code: 'time.expired', link: 1, step: step('4i') })
    const permit = decide(request, Proof.parse(proof.toBytes()))
    assert.deepEqual([permit.tool, permit.principal, permit.agent, permit.task, permit.expires], ['pay', 'user:7', AGENT, 'task-1', NOW + 60])
    assert.deepEqual(permit.lineage.map(hop => hop.depth), [0, 1])
    for (const again of [() => decide(request, proof), () => new Verifier(believed).authorize(chain.toBytes(), proof.toBytes(), request, at)]) {
      assert.throws(again, { name: 'Untrusted', code: 'proof.replayed', step: step('7i') })
    }
  })

  test(`a chain in ${format} is not widened`, () => {
    const { agent, helper, root } = played(format)
    const narrowing = max => ({ to: helper.publicKey, tools: { pay: { amount: constraint.range({ max }), to: constraint.exact('bob') } }, now: NOW })
    root.delegate(agent, narrowing(100))
    assert.throws(() => root.delegate(agent, narrowing(101)), { name: 'Untrusted', code: 'chain.constraint_widened', tool: 'pay', argument: 'amount', step: undefined })
    assert.throws(() => root.delegate(helper, narrowing(100)), { code: 'proof.not_the_holder' })
  })
}

test('an encoding not asked for is the native one', () => {
  const { issuer, agent } = scene()
  const issue = more => Chain.issue(issuer, { issuer: ISSUER, to: agent.publicKey, tools: {}, audience: AUDIENCE, now: NOW, tokenId: new Uint8Array(16), ...more })
  assert.deepEqual(issue({}).toBytes(), issue({ format: 'cwt' }).toBytes())
  assert.notDeepEqual(issue({}).toBytes(), issue({ format: 'aat' }).toBytes())
})

test('a presentation keeps chain and proof together', () => {
  const { chain, proof, request } = played('aat')
  const made = new Presentation(chain, proof)
  const members = JSON.parse(JSON.stringify(made))
  assert.deepEqual([Object.keys(members), members.aat_chain.length], [['aat_chain', 'aat_pop'], 2])
  for (const form of [members, JSON.stringify(made), new TextEncoder().encode(JSON.stringify(made))]) {
    const received = Presentation.parse(form)
    assert.deepEqual([received.chain.toBytes(), received.proof.toBytes()], [chain.toBytes(), proof.toBytes()])
    assert.equal(received.chain.verify(trust(), at).authorize(request, received.proof, at).holder, scene().helper.publicKey.thumbprint)
  }
  const turnedProof = Presentation.parse({ ...members, aat_pop: turned(members.aat_pop) })
  assert.throws(() => turnedProof.chain.verify(trust(), at).authorize(request, turnedProof.proof, at), { code: 'proof.bad_signature' })
  const turnedLink = Presentation.parse({ ...members, aat_chain: [members.aat_chain[0], turned(members.aat_chain[1])] })
  assert.throws(() => turnedLink.chain.verify(trust(), at), { code: 'chain.bad_signature', link: 1, step: '4b' })
  const native = played('cwt')
  for (const parts of [[native.chain, native.proof], [chain, native.proof], [native.chain, proof]]) {
    assert.throws(() => new Presentation(...parts), { name: 'Malformed', code: 'envelope.wrong_type' })
  }
})

test('whether a proof must say whom it is for is as configured', () => {
  const file = new URL('../../../tests/vectors/aat_audience.json', import.meta.url)
  const vector = JSON.parse(readFileSync(file, 'utf8')).vectors.find(({ name }) => name === 'aat_proof_for_whoever_is_enough_control')
  const anchors = Object.fromEntries(vector.trust.anchors.map(({ issuer, key }) => [issuer, new PublicKey(Buffer.from(key, 'hex'))]))
  const [chain, proof] = [vector.chain, vector.proof].map(hex => Buffer.from(hex, 'hex'))
  const decide = more => {
    const trusted = new keybound.Trust({ anchors, audience: vector.trust.audience, identity: vector.trust.identity ?? 'required', ...more })
    return new Verifier(trusted).authorize(chain, proof, new Request(vector.request), { now: vector.now })
  }
  decide({ proofAudienceRequired: false })
  for (const more of [{ proofAudienceRequired: true }, {}]) assert.throws(() => decide(more), { code: 'claims.missing', step: '7d' })
})

test('keys go out and in as JWKs', () => {
  // RFC 8037 appendix A.2 and A.3.
  const jwk = { kty: 'OKP', crv: 'Ed25519', x: '11qYAYKxCrfVS_7TyWQHOg7hcvPapiMlrwIaaPcHURo' }
  const key = PublicKey.fromJwk({ ...jwk, kid: 'any' })
  assert.equal(key.jwkThumbprint, 'kPrK_qmxVWaYVA9wwBF6Iuo3vVzz7TxHCTwXBygrS4k')
  assert.deepEqual(key.toJwk(), jwk)
  assert.ok(PublicKey.fromJwk(JSON.stringify(key.toJwk())).equals(key) && new PublicKey(key.toBytes()).equals(key))
  assert.ok(!PublicKey.fromJwk(scene().agent.publicKey.toJwk()).equals(key))
})

const uri = `${AUDIENCE}/mcp`
const post = more => new DpopCall({ method: 'POST', uri, ...more })

test('a DPoP proof is for one request', async () => {
  const { agent, helper } = scene()
  const covered = { accessToken: 'an.access.token', body: new Uint8Array(2), tool: 'pay', arguments: { amount: 5 } }
  const header = post(covered).sign(agent, { now: NOW, proofId: new Uint8Array(16) })
  assert.equal(header, post(covered).sign(agent, { now: NOW, proofId: new Uint8Array(16) }))
  const guard = new DpopGuard({ origins: [AUDIENCE, 'https://other.example'], bindingRequired: true })
  const boundTo = agent.publicKey.jwkThumbprint
  const seen = post({ ...covered, uri: '/mcp?session=1', arguments: '{"amount":5.0}' })
  for (const [code, headers, call, more] of [
    ['proof.bad_signature', turned(header), seen, { boundTo }],
    ['dpop.missing', [], seen, { boundTo }],
    ['dpop.repeated', [header, header], seen, { boundTo }],
    ['dpop.wrong_key', header, seen, {}],
    ['dpop.wrong_key', header, seen, { boundTo: helper.publicKey.jwkThumbprint }],
    ['dpop.wrong_access_token', header, post({ ...covered, accessToken: 'another' }), { boundTo }],
    ['dpop.wrong_body', header, post({ body: new Uint8Array(3) }), {}],
    ['proof.wrong_arguments', header, post({ tool: 'pay', arguments: { amount: 6 } }), {}],
    ['dpop.not_bound', post().sign(agent, at), post(), {}],
    ['proof.stale', header, seen, { boundTo, now: NOW + 3600 }],
    ['proof.future', header, seen, { boundTo, now: NOW - 3600 }],
  ]) {
    await assert.rejects(guard.check(headers, call, { ...at, ...more }), { name: 'Untrusted', code, step: undefined }, code)
  }
  // None of these has spent it.
  const accepted = await guard.check(header, seen, { ...at, boundTo })
  assert.deepEqual([accepted.thumbprint, accepted.isBound], [boundTo, true])
  assert.ok(PublicKey.fromJwk(accepted.jwk).equals(agent.publicKey))
  assert.throws(() => Object.assign(accepted, { thumbprint: 'me' }), TypeError)
  assert.throws(() => Object.assign(accepted.jwk, { x: 'me' }), TypeError)
  await assert.rejects(guard.check([header], seen, { ...at, boundTo }), { name: 'Untrusted', code: 'proof.replayed' })
})

test('a refusal of DPoP says what was expected and what came', async () => {
  const { agent } = scene()
  const guard = new DpopGuard({ origins: AUDIENCE })
  const header = post().sign(agent, at)
  await assert.rejects(guard.check(header, post({ method: 'GET' }), at), { code: 'dpop.wrong_method', expected: 'GET', received: 'POST' })
  await assert.rejects(guard.check(header, post({ uri: '/mcp/x' }), at), { code: 'dpop.wrong_uri', expected: `${uri}/x`, received: uri })
  const elsewhere = post({ uri: 'https://evil.example/mcp' }).sign(agent, at)
  await assert.rejects(guard.check(elsewhere, post({ uri: '/mcp' }), at), { code: 'dpop.wrong_uri', expected: uri, received: 'https://evil.example/mcp' })
  await guard.check(header, post(), at)
})

test('a DPoP proof counts once, also among checks under way at once', async () => {
  const { agent } = scene()
  for (const header of [post().sign(agent, at), dpopOf(p256())]) {
    const guard = new DpopGuard({ origins: AUDIENCE })
    const answers = await Promise.allSettled(Array.from({ length: 8 }, () => guard.check(header, post(), at)))
    assert.deepEqual(answers.map(answer => answer.reason?.code ?? 'ok').sort(), ['ok', ...Array(7).fill('proof.replayed')])
  }
  const small = new DpopGuard({ origins: AUDIENCE, replayCapacity: 1 })
  await small.check(post().sign(agent, at), post(), at)
  await assert.rejects(small.check(post().sign(agent, at), post(), at), { code: 'proof.memory_full' })
})

test('nonces are those of any of our nodes', async () => {
  const { agent } = scene()
  const [one, other, strange] = [1, 1, 2].map(byte => new DpopGuard({ origins: AUDIENCE, nonceSecret: new Uint8Array(32).fill(byte) }))
  const nonce = one.freshNonce(at)
  assert.equal(other.freshNonce(at), nonce)
  assert.equal(new DpopGuard({ origins: AUDIENCE }).freshNonce(at), undefined)
  for (const more of [{}, { nonce: strange.freshNonce(at) }, { nonce: nonce.slice(1) }]) {
    await assert.rejects(other.check(post(more).sign(agent, at), post(), at), { code: 'dpop.use_nonce' })
  }
  await assert.rejects(other.check(post({ nonce }).sign(agent, at), post(), { now: NOW + 180 }), { code: 'dpop.use_nonce' })
  await other.check(post({ nonce }).sign(agent, at), post(), at)

  const [short, long] = [1, 60].map(noncePeriod => new DpopGuard({ origins: AUDIENCE, nonceSecret: new Uint8Array(32), noncePeriod }))
  const early = guard => post({ nonce: guard.freshNonce(at) }).sign(agent, at)
  await assert.rejects(short.check(early(short), post(), { now: NOW + 5 }), { code: 'dpop.use_nonce' })
  await long.check(early(long), post(), { now: NOW + 5 })
})

for (const make of [ed25519, p256]) {
  test(`a stock client's proof and token under ${make.name} are accepted, and not with a byte changed`, async () => {
    const key = make()
    const header = dpopOf(key)
    const guard = new DpopGuard({ origins: AUDIENCE })
    for (const index of [0, 31, 32, 63]) await assert.rejects(guard.check(turned(header, index), post(), at), { name: 'Untrusted', code: 'proof.bad_signature' })
    const accepted = await guard.check(header, post(), at)
    assert.deepEqual([accepted.id, accepted.isBound, accepted.jwk.x], ['p-1', false, key.jwk.x])

    const claims = { iss: ISSUER, sub: 'user:7', aud: [AUDIENCE], client_id: 'agent-7', jti: 't-1', iat: NOW, exp: NOW + 300, scope: 'pay read', cnf: { jkt: accepted.thumbprint }, deep: { list: [1] } }
    const text = compact(key, { typ: 'at+jwt', kid: 'one' }, claims)
    const tokens = more => new AccessTokens({ issuer: ISSUER, audience: AUDIENCE, jwks: { keys: [{ ...key.jwk, kid: 'one' }] }, ...more })
    for (const index of [0, 31, 32, 63]) await assert.rejects(tokens().check(turned(text, index), at), { name: 'Untrusted', code: 'access_token.bad_signature' })
    for (const [name, code, more, now] of [
      ['Untrusted', 'access_token.wrong_issuer', { issuer: `${ISSUER}/` }, NOW],
      ['Denied', 'call.not_our_audience', { audience: 'https://other.example' }, NOW],
      ['Untrusted', 'access_token.unknown_key', { jwks: { keys: [] } }, NOW],
      ['Untrusted', 'access_token.bad_signature', { jwks: { keys: [{ ...make().jwk, kid: 'one' }] } }, NOW],
      ['Untrusted', 'time.expired', {}, NOW + 360],
    ]) {
      await assert.rejects(tokens(more).check(text, { now }), { name, code }, code)
    }
    const token = await tokens().check(text, at)
    assert.deepEqual([token.issuer, token.subject, token.clientId, token.id, token.scope, token.expires], [ISSUER, 'user:7', 'agent-7', 't-1', 'pay read', NOW + 300])
    assert.deepEqual([token.boundTo, token.claims], [accepted.thumbprint, claims])
    for (const change of [() => Object.assign(token, { subject: 'me' }), () => token.audience.push('me'), () => token.claims.deep.list.push(2)]) assert.throws(change, TypeError)

    // Both together: the proof must be of the key that the token is bound to.
    const call = more => post({ accessToken: text, ...more })
    const stolen = call().sign(scene().helper, at)
    await assert.rejects(guard.check(stolen, call(), { ...at, boundTo: token.boundTo }), { code: 'dpop.wrong_key' })
    await guard.check(stolen, call(), { ...at, boundTo: scene().helper.publicKey.jwkThumbprint })

    const unbound = compact(key, { typ: 'at+jwt', kid: 'one' }, { ...claims, cnf: undefined })
    for (const more of [{ bearerAllowed: false }, {}]) await assert.rejects(tokens(more).check(unbound, at), { code: 'access_token.not_bound' })
    assert.equal((await tokens({ bearerAllowed: true }).check(unbound, at)).boundTo, undefined)
  })
}

test('ES256 is accepted only where it is allowed', async () => {
  const header = dpopOf(p256())
  await assert.rejects(new DpopGuard({ origins: AUDIENCE, algorithms: ['Ed25519'] }).check(header, post(), at), { code: 'envelope.wrong_algorithm' })
  await new DpopGuard({ origins: AUDIENCE, algorithms: ['Ed25519', 'ES256'] }).check(header, post(), at)
})

test('a point beside the curve holds nothing', async () => {
  const key = p256()
  const guard = new DpopGuard({ origins: AUDIENCE })
  const y = Buffer.from(key.jwk.y, 'base64url')
  y[31] ^= 1
  await assert.rejects(guard.check(dpopOf({ ...key, jwk: { ...key.jwk, y: y.toString('base64url') } }), post(), at), { code: 'proof.bad_signature' })
  await guard.check(dpopOf(key), post(), at)
})

/** A fresh key of a stock client, which signs with OpenSSL. */
function p256() {
  const { privateKey, publicKey } = generateKeyPairSync('ec', { namedCurve: 'P-256' })
  const { kty, crv, x, y } = publicKey.export({ format: 'jwk' })
  return { alg: 'ES256', jwk: { kty, crv, x, y }, sign: data => sign('sha256', data, { key: privateKey, dsaEncoding: 'ieee-p1363' }) }
}

function ed25519() {
  const { privateKey, publicKey } = generateKeyPairSync('ed25519')
  const { kty, crv, x } = publicKey.export({ format: 'jwk' })
  return { alg: 'Ed25519', jwk: { kty, crv, x }, sign: data => sign(null, data, privateKey) }
}

function compact(key, header, claims) {
  const input = [{ alg: key.alg, ...header }, claims].map(part => Buffer.from(JSON.stringify(part)).toString('base64url')).join('.')
  return `${input}.${key.sign(Buffer.from(input)).toString('base64url')}`
}

function dpopOf(key) {
  return compact(key, { typ: 'dpop+jwt', jwk: key.jwk }, { jti: 'p-1', htm: 'POST', htu: uri, iat: NOW })
}

/** The same compact text with one bit of its signature turned. */
function turned(text, index = 40) {
  const at = text.lastIndexOf('.') + 1
  const signature = Buffer.from(text.slice(at), 'base64url')
  signature[index] ^= 1
  return text.slice(0, at) + signature.toString('base64url')
}

function thrown(run) {
  try {
    run()
  } catch (error) {
    return error
  }
  return assert.fail('nothing was thrown')
}
