// Whatever bytes come in, what comes out is a refusal.

import assert from 'node:assert/strict'
import { readFileSync } from 'node:fs'
import { test } from 'node:test'
import { keybound } from './package.mjs'
import { AUDIENCE, ISSUER, NOW, scene, trust } from './scene.mjs'

const { AccessTokens, Chain, DpopCall, DpopGuard, Malformed, Presentation, Proof, PublicKey, Refusal, Request, Verifier } = keybound
const at = { now: NOW }

// The same bytes in every run (xorshift32), so that a failure can be found again.
function* numbers(state) {
  for (;;) {
    state ^= state << 13
    state ^= state >>> 17
    state ^= state << 5
    yield state >>> 0
  }
}

test('random bytes are refused', () => {
  const random = numbers(1)
  const next = () => random.next().value
  for (let round = 0; round < 3000; round += 1) {
    const bytes = Uint8Array.from({ length: next() % 300 }, () => next())
    for (const parse of [() => Chain.parse(bytes), () => Proof.parse(bytes), () => new PublicKey(bytes.slice(0, 31)), () => new Request({ tool: 'x', arguments: bytes, audience: 'y' })]) {
      assert.throws(parse, Refusal)
    }
  }
})

test('a chain or a proof with a byte changed, added or lost is refused', () => {
  const { chain, proof, request } = scene()
  const verifier = new Verifier(trust())
  const random = numbers(7)
  const next = () => random.next().value
  for (let round = 0; round < 1500; round += 1) {
    const [tokens, evidence] = [chain.toBytes(), proof.toBytes()]
    const hurt = round % 2 === 0 ? [mutate(tokens, next), evidence] : [tokens, mutate(evidence, next)]
    assert.throws(() => verifier.authorize(...hurt, request, at), Refusal)
  }
  verifier.authorize(chain.toBytes(), proof.toBytes(), request, at)
})

const latin1 = new TextDecoder('latin1')
const utf8 = new TextEncoder()

test('random bytes are no presentation, no key, no proof and no token', async () => {
  const random = numbers(3)
  const next = () => random.next().value
  const letters = 'ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-_'
  const segment = () => Array.from({ length: next() % 90 }, () => letters[next() % 64]).join('')
  const guard = new DpopGuard({ origins: AUDIENCE })
  const tokens = new AccessTokens({ issuer: ISSUER, audience: AUDIENCE, jwks: { keys: [] } })
  const call = new DpopCall({ method: 'POST', uri: AUDIENCE })
  for (let round = 0; round < 1500; round += 1) {
    const bytes = Uint8Array.from({ length: next() % 200 }, () => next())
    const before = text => Uint8Array.from([...utf8.encode(text), ...bytes])
    for (const parse of [
      () => Presentation.parse(bytes),
      () => Presentation.parse(before('{"aat_chain":[')),
      () => Chain.parse(before('{"aat_chain":["')),
      () => new DpopCall({ method: 'POST', uri: AUDIENCE, tool: 'x', arguments: before('{') }),
      () => new DpopGuard({ origins: `https://${latin1.decode(bytes)}\0` }),
    ]) {
      assert.throws(parse, Malformed)
    }
    for (const text of [latin1.decode(bytes), [segment(), segment(), segment()].join('.')]) {
      assert.throws(() => PublicKey.fromJwk(text), Malformed)
      assert.throws(() => new AccessTokens({ issuer: ISSUER, audience: AUDIENCE, jwks: text }), Malformed)
      await assert.rejects(guard.check(text, call, at), Refusal)
      await assert.rejects(tokens.check(text, at), Malformed)
    }
  }
  await guard.check(call.sign(scene().agent, at), call, at)
})

test('a chain, a proof or a presentation of AAT-02 with a byte changed, added or lost is refused', () => {
  const { issuer, agent, request } = scene()
  const root = Chain.issue(issuer, { issuer: ISSUER, to: agent.publicKey, tools: { pay: {} }, audience: AUDIENCE, principal: 'user:7', agent: 'spiffe://example.org/agent/orch/task/one', task: 't', maxDepth: 1, now: NOW, format: 'aat' })
  const chain = root.delegate(agent, { to: agent.publicKey, now: NOW })
  const proof = Proof.sign(agent, chain, request, at)
  const believed = trust()
  const verifier = new Verifier(believed)
  const text = utf8.encode(JSON.stringify(new Presentation(chain, proof)))
  const decide = bytes => {
    const presentation = Presentation.parse(bytes)
    return presentation.chain.verify(believed, at).authorize(request, presentation.proof, at)
  }
  const random = numbers(11)
  const next = () => random.next().value
  for (let round = 0; round < 1000; round += 1) {
    assert.throws(() => verifier.authorize(hurt(chain.toBytes(), next), proof.toBytes(), request, at), Refusal)
    assert.throws(() => verifier.authorize(chain.toBytes(), hurt(proof.toBytes(), next), request, at), Refusal)
    assert.throws(() => decide(hurt(text, next)), Refusal)
  }
  decide(text)
  assert.throws(() => verifier.authorize(chain.toBytes(), proof.toBytes(), request, at), { code: 'proof.replayed' })
})

const vectors = file => JSON.parse(readFileSync(new URL(`../../../tests/vectors/${file}.json`, import.meta.url), 'utf8')).vectors
const vector = (file, name) => vectors(file).find(vector => vector.name === name)

for (const algorithm of ['ed25519', 'es256']) {
  test(`a proof or an access token under ${algorithm} with a byte changed, added or lost is refused`, async () => {
    const presented = vector('dpop', `dpop_${algorithm}_control`)
    const believed = vector('access_token', `access_token_${algorithm}_control`)
    const guard = new DpopGuard(presented.guard)
    const tokens = new AccessTokens(believed.access_tokens)
    const call = new DpopCall(presented.call)
    const random = numbers(13)
    const next = () => random.next().value
    for (const [original, now, check] of [
      [presented.headers[0], presented.now, (text, now) => guard.check(text, call, now)],
      [believed.text, believed.now, (text, now) => tokens.check(text, now)],
    ]) {
      for (let round = 0; round < 700; round += 1) await assert.rejects(check(latin1.decode(hurt(utf8.encode(original), next)), { now }), Refusal)
      await check(original, { now })
    }
  })
}

test('a key set with a byte changed, added or lost is refused, or read as it stands', async () => {
  const believed = vector('access_token', 'access_token_ed25519_control')
  const rules = believed.access_tokens
  const random = numbers(17)
  const next = () => random.next().value
  const outcomes = new Set()
  for (let round = 0; round < 700; round += 1) {
    const jwks = latin1.decode(hurt(utf8.encode(rules.jwks), next))
    const outcome = await checked({ ...rules, jwks }, believed)
    assert.ok(outcome !== 'ok' || jwks.includes(JSON.parse(rules.jwks).keys[0].x), jwks)
    outcomes.add(outcome)
  }
  for (const outcome of ['json.bad', 'access_token.unknown_key']) assert.ok(outcomes.has(outcome), [...outcomes].join())
  assert.equal(await checked(rules, believed), 'ok')
})

async function checked(rules, { text, now }) {
  try {
    await new AccessTokens(rules).check(text, { now })
    return 'ok'
  } catch (error) {
    assert.ok(error instanceof Refusal, `${error}`)
    return error.code
  }
}

test('a thousand threads of one chain leave the verifier usable', () => {
  const { chain, helper, request } = scene()
  const verifier = new Verifier(trust({ replayCapacity: 1000 }))
  const present = () => verifier.authorize(chain.toBytes(), Proof.sign(helper, chain, request, at).toBytes(), request, at)
  for (let round = 0; round < 1000; round += 1) present()
  assert.throws(present, { code: 'proof.memory_full' })
})

/** A mutation that does not say the same: JSON admits blanks, and a byte may be put beside its like. */
function hurt(bytes, next) {
  for (;;) {
    const changed = mutate(bytes, next)
    if (reading(changed) !== reading(bytes)) return changed
  }
}

function reading(bytes) {
  const text = latin1.decode(bytes)
  try {
    return JSON.stringify(JSON.parse(text))
  } catch {
    return text
  }
}

function mutate(bytes, next) {
  const position = next() % bytes.length
  const kind = next() % 3
  if (kind === 0) return bytes.map((byte, index) => (index === position ? byte ^ (1 + (next() % 255)) : byte))
  if (kind === 1) return Uint8Array.from([...bytes.slice(0, position), next(), ...bytes.slice(position)])
  return Uint8Array.from([...bytes.slice(0, position), ...bytes.slice(position + 1)])
}
