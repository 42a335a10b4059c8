// Chains of AAT-02 that jose signed, decided by us.

import assert from 'node:assert/strict'
import { CompactSign } from 'jose'
import { THEY_SIGN, judged } from './bench.mjs'
import { hashOf, sha256, signText, tamper, unsigned } from './jws.mjs'
import { agent, helper, issuer, p256, rs256, stranger } from './keys.mjs'
import { AUDIENCE, ISSUER, NOW, TOOLS, request } from './ours.mjs'
import { keybound } from './package.mjs'
import { childClaims, decide, theirs } from './theirs.mjs'

const { Chain } = keybound

/** The same text with the members turned round and blanks between them: valid JSON, and not JCS. */
function upsideDown(value) {
  if (Array.isArray(value)) return `[\n ${value.map(upsideDown).join(' ,\t')} ]`
  if (value === null || typeof value !== 'object') return JSON.stringify(value)
  const members = Object.entries(value).reverse().map(([name, inner]) => `${JSON.stringify(name)} : ${upsideDown(inner)}`)
  return `{ ${members.join(' ,\r\n')}\t}`
}

const signUpsideDown = (signer, header, claims) => signText(signer, header, upsideDown(claims))

// jose writes `crit` only for what it is told to understand.
function signCritical(signer, header, claims) {
  return new CompactSign(new TextEncoder().encode(JSON.stringify(claims)))
    .setProtectedHeader({ ...header, crit: ['x-must'], 'x-must': 1 })
    .sign(signer.secret, { crit: { 'x-must': true } })
}

const decided = async (changes, more) => decide(await theirs(changes), more)

const details = tools => [{ type: 'attenuating_agent_token', tools }]

judged('jose', THEY_SIGN, 'AAT-02 chain', 'an honest one is permitted, and each of its three objects counts', async bench => {
  const honest = await theirs()
  const permit = await bench.accepts(() => decide(honest))
  assert.deepEqual([permit.tool, permit.issuer, permit.audience, permit.expires], ['pay', ISSUER, AUDIENCE, NOW + 120])
  assert.deepEqual(permit.lineage.map(hop => hop.holder), [agent, helper].map(({ publicKey }) => publicKey.thumbprint))
  assert.deepEqual([permit.principal, permit.agent, permit.task], [undefined, undefined, undefined])

  const [root, child] = honest.tokens
  const tampered = { ...honest, tokens: [tamper(root, { exp: NOW + 301 }), child] }
  await bench.refuses({ name: 'Untrusted', code: 'chain.bad_signature', step: '3b', link: 0 }, () => decide(tampered))
  const other = { ...honest, tokens: [root, tamper(child, { exp: NOW + 121 })] }
  await bench.refuses({ code: 'chain.bad_signature', step: '4b', link: 1 }, () => decide(other))
  const stale = { ...honest, proof: tamper(honest.proof, { iat: NOW }) }
  await bench.refuses({ code: 'proof.bad_signature', step: '7b' }, () => decide(stale))
  await bench.refuses({ code: 'chain.unknown_issuer', step: '3b', link: 0 }, () => decide({ ...honest, tokens: [child] }))
})

judged('jose', THEY_SIGN, 'AAT-02 chain', 'order of members and blanks are the issuer\'s', async bench => {
  const change = { sign: signUpsideDown }
  const odd = await theirs({ root: change, child: change, pop: change })
  assert.match(Buffer.from(odd.tokens[0].split('.')[1], 'base64url').toString(), /^\{ "authorization_details" : \[\n /)
  await bench.accepts(() => decide(odd))
  // JSON, but no longer what was signed: the same claims in another order.
  const [header, , signature] = odd.tokens[0].split('.')
  const plain = (await theirs()).tokens[0].split('.')[1]
  await bench.refuses({ code: 'chain.bad_signature', step: '3b' }, () =>
    decide({ ...odd, tokens: [[header, plain, signature].join('.'), odd.tokens[1]] }))
  const twice = (signer, head, claims) => signText(signer, head, upsideDown(claims).replace(/\t\}$/, ', "jti": "again" }'))
  await bench.refuses({ code: 'json.duplicate_member', step: '3b', link: 0 }, () => decided({ root: { sign: twice } }))
})

judged('jose', THEY_SIGN, 'AAT-02 chain', 'what nobody knows is ignored, but for what would restrict', async bench => {
  const unknown = { scope: 'everything', act: { sub: 'someone' }, 'https://acme.example/claim': [1, { deep: null }] }
  const header = { kid: 'some-key', jku: 'https://attacker.example/keys', jwk: stranger.jwk, 'x-mine': 1 }
  const change = { claims: unknown, header }
  await bench.accepts(() => decided({ root: change, child: change, pop: change }, { more: { trace: 'abc' } }))
  const foreign = [{ type: 'payment_initiation', actions: ['*'] }, ...details(TOOLS)]
  await bench.accepts(() => decided({ root: { claims: { authorization_details: foreign } } }))

  // A key in the header chooses nothing: the stranger's own signature under it.
  await bench.refuses({ code: 'chain.bad_signature', step: '3b' }, () => decided({ root: { header, signer: stranger } }))
  const misspelt = { authorization_details: details({ pay: { ...TOOLS.pay, amount: { constraint_type: 'range', maximum: 20 } } }) }
  await bench.refuses({ code: 'constraint.bad', step: '4o', link: 1 }, () => decided({ child: { claims: misspelt } }))
  await bench.refuses({ code: 'jose.unknown_critical', step: '3a' }, () => decided({ root: { sign: signCritical } }))
})

judged('jose', THEY_SIGN, 'AAT-02 chain', 'another algorithm, another type, another key', async bench => {
  await bench.accepts(() => decided())
  const algorithm = { name: 'Malformed', code: 'envelope.wrong_algorithm' }
  for (const [object, step, link] of [['root', '3a', 0], ['child', '4a', 1], ['pop', '7a', undefined]]) {
    await bench.refuses({ ...algorithm, step, link }, () => decided({ [object]: { header: { alg: 'EdDSA' } } }))
    await bench.refuses({ ...algorithm, step }, () => decided({ [object]: { header: { alg: 'ES256' }, signer: p256() } }))
    await bench.refuses({ code: 'jose.unsigned', step }, () => decided({ [object]: { sign: (_, ...said) => unsigned(...said) } }))
    await bench.refuses({ code: 'envelope.wrong_type', step }, () => decided({ [object]: { header: { typ: 'JWT' } } }))
    await bench.refuses({ code: 'envelope.wrong_type', step }, () => decided({ [object]: { header: { typ: undefined } } }))
    const code = object === 'pop' ? 'proof.bad_signature' : 'chain.bad_signature'
    await bench.refuses({ code }, () => decided({ [object]: { signer: stranger } }))
  }
  await bench.refuses({ ...algorithm, step: '3a' }, () => decided({ root: { header: { alg: 'RS256' }, signer: rs256() } }))
  // The public key as a shared secret (RFC 8725 §2.1).
  const confused = { secret: Buffer.from(issuer.jwk.x, 'base64url') }
  const shared = { header: { alg: 'HS256' }, signer: confused }
  await bench.refuses({ code: 'jose.symmetric', step: '3a' }, () => decided({ root: shared }))
})

judged('jose', THEY_SIGN, 'AAT-02 child', 'it is of its parent and within it', async bench => {
  const withChild = claims => theirs({ child: { claims } })
  await bench.accepts(async () => decide(await withChild({ exp: NOW + 300, authorization_details: details(TOOLS) })))
  const { tokens } = await theirs()
  const uri = (await childClaims(tokens[0])).iss
  const wider = { pay: { ...TOOLS.pay, amount: { constraint_type: 'range', max: 101 } } }
  for (const [code, step, claims] of [
    ['chain.wrong_parent', '4q', { par_hash: sha256(tokens[0].split('.')[1]) }],
    ['chain.wrong_parent', '4q', { par_hash: hashOf(tokens[1]) }],
    ['chain.wrong_issuer', '4c', { iss: uri.replace('urn:ietf:params:oauth:jwk-thumbprint:sha-256:', '') }],
    ['chain.wrong_issuer', '4c', { iss: 'https://issuer.example' }],
    ['chain.wrong_depth', '4d', { del_depth: 2 }],
    ['chain.max_depth_raised', '4g', { del_max_depth: 2 }],
    ['time.expires_after_parent', '4h', { exp: NOW + 301 }],
    ['chain.tool_added', '4p1', { authorization_details: details({ ...TOOLS, refund: {} }) }],
    ['chain.argument_added', '4p2', { authorization_details: details({ pay: {} }) }],
    ['chain.constraint_widened', '4p4', { authorization_details: details(wider) }],
    ['chain.repeated_token', '2c', { jti: '019abcde-0000-7000-8000-000000000001' }],
    ['key.private', '4b2', { cnf: { jwk: helper.secret } }],
  ]) {
    await bench.refuses({ code, step, link: 1 }, async () => decide(await withChild(claims)))
  }
})

judged('jose', THEY_SIGN, 'AAT-02 proof', 'it is for this call, under this leaf', async bench => {
  const withPop = claims => theirs({ pop: { claims } })
  await bench.accepts(async () => decide(await withPop({ hta: { to: 'bob', amount: 18.5 }, jti: 'another' })))
  const [root] = (await theirs()).tokens
  for (const [code, step, claims] of [
    ['proof.wrong_token', '7c', { aat_hash: hashOf(root) }],
    ['proof.wrong_token', '7c', { aat_id: 'another' }],
    ['claims.missing', '7c', { hta: undefined }],
    ['proof.wrong_audience', '7d', { aat_aud: 'https://other.example' }],
    ['claims.missing', '7d', { aat_aud: undefined }],
    ['proof.wrong_tool', '7e', { aat_tool: 'refund' }],
    ['proof.wrong_arguments', '7f', { hta: { to: 'bob', amount: 18 } }],
    ['proof.stale', '7g', { iat: NOW - 31 }],
  ]) {
    await bench.refuses({ code, step }, async () => decide(await withPop(claims)))
  }
  // Whoever holds the parent is not the holder of the leaf, and an honest proof does not widen the grant.
  await bench.refuses({ code: 'proof.bad_signature', step: '7b' }, () => decided({ pop: { signer: agent } }))
  const much = { amount: 50, to: 'bob' }
  await bench.refuses({ name: 'Denied', code: 'call.argument_refused', step: '6b', argument: 'amount' }, async () =>
    decide(await withPop({ hta: much }), { call: request({ arguments: much }) }))
})

judged('jose', THEY_SIGN, 'AAT-02 chain', 'a child by us between a root and a proof of theirs', async bench => {
  const { tokens } = await theirs()
  const root = Chain.parse(Buffer.from(JSON.stringify({ aat_chain: [tokens[0]] })))
  const ours = root.delegate(agent.key, { to: helper.publicKey, now: NOW + 1 })
  const [, child] = JSON.parse(Buffer.from(ours.toBytes())).aat_chain
  const id = JSON.parse(Buffer.from(child.split('.')[1], 'base64url')).jti
  const proof = async (claims = {}) => (await theirs({ pop: { claims: { aat_hash: hashOf(child), aat_id: id, ...claims } } })).proof
  await bench.accepts(async () => decide({ tokens: [tokens[0], child], proof: await proof() }))
  await bench.refuses({ code: 'proof.wrong_token', step: '7c' }, async () =>
    decide({ tokens: [tokens[0], child], proof: await proof({ aat_hash: hashOf(tokens[1]) }) }))
  const another = await theirs({ root: { claims: { jti: 'another root' } } })
  await bench.refuses({ code: 'chain.wrong_parent', step: '4q', link: 1 }, async () =>
    decide({ tokens: [another.tokens[0], child], proof: await proof() }))
})
