// The five operations, and what comes out of them.

import assert from 'node:assert/strict'
import { test } from 'node:test'
import { keybound, required } from './package.mjs'
import { AGENT, AUDIENCE, ISSUER, NOW, scene, trust } from './scene.mjs'

const { AgentId, Chain, Denied, Malformed, Proof, PublicKey, Refusal, Request, SigningKey, Untrusted, Verifier } = keybound
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

function thrown(run) {
  try {
    run()
  } catch (error) {
    return error
  }
  return assert.fail('nothing was thrown')
}
