// Our AAT-02 tokens and proofs, verified by jose.

import assert from 'node:assert/strict'
import * as jose from 'jose'
import { WE_SIGN, judged } from './bench.mjs'
import { hashOf, sha256, tamper } from './jws.mjs'
import { agent, helper, issuer, stranger } from './keys.mjs'
import { AGENT, ARGUMENTS, AUDIENCE, FEWER, ISSUER, NOW, TOOLS, ourChain, ourProof, ourTokens, request } from './ours.mjs'
import { keybound } from './package.mjs'

const now = new Date((NOW + 5) * 1000)
const required = ['jti', 'iss', 'iat', 'exp', 'cnf', 'del_depth', 'del_max_depth', 'authorization_details']
const asToken = { typ: 'aat+jwt', algorithms: ['Ed25519'], currentDate: now, clockTolerance: 0, requiredClaims: required }
const asProof = {
  typ: 'aat-pop+jwt',
  algorithms: ['Ed25519'],
  currentDate: now,
  maxTokenAge: 30,
  requiredClaims: ['jti', 'iat', 'aat_id', 'aat_hash', 'aat_tool', 'hta'],
}

const BAD_SIGNATURE = { code: 'ERR_JWS_SIGNATURE_VERIFICATION_FAILED' }

/** RFC 8785 for what occurs here: in JavaScript, numbers and strings are written and member names sorted as it wants. */
function jcs(value) {
  if (Array.isArray(value)) return `[${value.map(jcs)}]`
  if (value === null || typeof value !== 'object') return JSON.stringify(value)
  return `{${Object.keys(value).sort().map(name => `${JSON.stringify(name)}:${jcs(value[name])}`)}}`
}

function assertIsJcs(jws) {
  const text = Buffer.from(jws.split('.')[1], 'base64url').toString()
  assert.equal(text, jcs(JSON.parse(text)))
}

judged('jose', WE_SIGN, 'AAT-02 token', 'the root holds under the anchor, each child under its parent', async bench => {
  const tokens = ourTokens(ourChain())
  let signer = issuer
  for (const [depth, holder] of [agent, helper, stranger].entries()) {
    const token = tokens[depth]
    const iss = depth === 0 ? ISSUER : await jose.calculateJwkThumbprintUri(signer.jwk)
    const verify = (key, more) => jose.jwtVerify(token, key, { ...asToken, ...more })
    const { payload, protectedHeader } = await bench.accepts(() => verify(signer.jwk, { issuer: iss }))
    assert.deepEqual(protectedHeader, { alg: 'Ed25519', typ: 'aat+jwt' })
    assert.deepEqual(payload.cnf, { jwk: holder.jwk })
    assert.deepEqual([payload.del_depth, payload.del_max_depth], [depth, 2])
    assert.equal(payload.par_hash, depth === 0 ? undefined : hashOf(tokens[depth - 1]))
    const tools = depth === 0 ? TOOLS : FEWER
    assert.deepEqual(payload.authorization_details, [{ type: 'attenuating_agent_token', tools }])
    assertIsJcs(token)

    await bench.refuses(BAD_SIGNATURE, () => verify(holder.jwk))
    await bench.refuses(BAD_SIGNATURE, () => jose.jwtVerify(tamper(token, { exp: NOW + 299 }), signer.jwk, asToken))
    signer = holder
  }
})

judged('jose', WE_SIGN, 'AAT-02 token', 'its claims are what was asked for', async bench => {
  const [root, child] = ourTokens(ourChain())
  const verify = more => jose.jwtVerify(root, issuer.jwk, { ...asToken, ...more })
  const { payload } = await bench.accepts(() => verify({ audience: AUDIENCE, subject: 'user:ada' }))
  assert.deepEqual([payload.iat, payload.exp, payload.txn, payload.client_id], [NOW, NOW + 300, 'task-7', AGENT])
  await bench.accepts(() => verify({ currentDate: new Date((NOW + 299) * 1000) }))

  await bench.refuses({ code: 'ERR_JWT_EXPIRED' }, () => verify({ currentDate: new Date((NOW + 300) * 1000) }))
  const claim = { code: 'ERR_JWT_CLAIM_VALIDATION_FAILED' }
  await bench.refuses({ ...claim, claim: 'typ' }, () => verify({ typ: 'aat-pop+jwt' }))
  await bench.refuses({ ...claim, claim: 'iss' }, () => jose.jwtVerify(child, agent.jwk, { ...asToken, issuer: ISSUER }))
  await bench.refuses({ code: 'ERR_JOSE_ALG_NOT_ALLOWED' }, () => verify({ algorithms: ['EdDSA'] }))
})

judged('jose', WE_SIGN, 'AAT-02 proof', "it holds under the leaf's key and says the call", async bench => {
  const chain = ourChain()
  const leaf = ourTokens(chain).at(-1)
  const proof = ourProof(chain)
  const { payload, protectedHeader } = await bench.accepts(() => jose.jwtVerify(proof, stranger.jwk, asProof))
  assert.deepEqual(protectedHeader, { alg: 'Ed25519', typ: 'aat-pop+jwt' })
  const { jti, ...said } = payload
  assert.match(jti, /^[0-9a-f]{8}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{12}$/)
  assert.deepEqual(said, {
    aat_aud: AUDIENCE,
    aat_hash: hashOf(leaf),
    aat_id: jose.decodeJwt(leaf).jti,
    aat_tool: 'pay',
    hta: ARGUMENTS,
    iat: NOW + 3,
  })
  assertIsJcs(proof)

  // Every ancestor's holder, and another call.
  for (const { jwk } of [issuer, agent, helper]) {
    await bench.refuses(BAD_SIGNATURE, () => jose.jwtVerify(proof, jwk, asProof))
  }
  const another = tamper(proof, { hta: { ...ARGUMENTS, amount: 19 } })
  await bench.refuses(BAD_SIGNATURE, () => jose.jwtVerify(another, stranger.jwk, asProof))
})

judged('jose', WE_SIGN, 'AAT-02 proof', 'over HTTP and with a nonce it says more, in claims a stock reader skips', async bench => {
  const chain = ourChain()
  const http = { method: 'POST', uri: 'https://tools.example/pay?dry=1', body: Buffer.from('{}') }
  const proof = ourProof(chain, request({ ...http, nonce: Buffer.from('nonce-from-server') }))
  const { payload } = await bench.accepts(() => jose.jwtVerify(proof, stranger.jwk, asProof))
  assert.equal(payload.nonce, 'nonce-from-server')
  assert.deepEqual(payload.keybound, { body: sha256(http.body), htm: 'POST', htu: http.uri })
  assertIsJcs(proof)
  const stripped = tamper(proof, { keybound: undefined })
  await bench.refuses(BAD_SIGNATURE, () => jose.jwtVerify(stripped, stranger.jwk, asProof))
})

judged('jose', WE_SIGN, 'AAT-02 presentation', 'whoever takes it apart finds tokens and proof', async bench => {
  const chain = ourChain()
  const proof = keybound.Proof.parse(Buffer.from(ourProof(chain)))
  const { aat_chain: tokens, aat_pop: pop, ...more } = JSON.parse(JSON.stringify(new keybound.Presentation(chain, proof)))
  assert.deepEqual([tokens, more], [ourTokens(chain), {}])
  let key = issuer.jwk
  for (const token of tokens) {
    const { payload } = await bench.accepts(() => jose.jwtVerify(token, key, asToken))
    key = payload.cnf.jwk
  }
  await bench.accepts(() => jose.jwtVerify(pop, key, asProof))
  await bench.refuses(BAD_SIGNATURE, () => jose.jwtVerify(pop, issuer.jwk, asProof))
})
