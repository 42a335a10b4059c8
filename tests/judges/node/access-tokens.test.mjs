// JWT access tokens (RFC 9068) that jose signed, checked by us under a JWK Set.

import assert from 'node:assert/strict'
import * as jose from 'jose'
import { THEY_SIGN, judged } from './bench.mjs'
import { sign, tamper, unsigned } from './jws.mjs'
import { agent, ed25519, p256, rs256, stranger } from './keys.mjs'
import { ISSUER, NOW, at } from './ours.mjs'
import { keybound } from './package.mjs'

const { AccessTokens, DpopCall, DpopGuard } = keybound

const AUDIENCE = 'https://api.example'
const old = { ...ed25519(11), kid: 'old' }
const edge = { ...p256(), kid: 'edge' }
const fresh = { ...ed25519(12), kid: 'fresh' }
const published = ({ jwk, kid, alg }) => ({ ...jwk, kid, alg, use: 'sig' })
const trusting = (...keys) => new AccessTokens({ issuer: ISSUER, audience: AUDIENCE, jwks: { keys: keys.map(published) } })

const claims = (more = {}) => ({
  iss: ISSUER,
  sub: 'user:ada',
  aud: AUDIENCE,
  client_id: 'agent-7',
  jti: 't-1',
  iat: NOW,
  exp: NOW + 300,
  scope: 'pay read',
  cnf: { jkt: agent.publicKey.jwkThumbprint },
  ...more,
})

function issue(signer, more = {}, header = {}) {
  return sign(signer, { alg: signer.alg, typ: 'at+jwt', kid: signer.kid, ...header }, claims(more))
}

const checked = async (tokens, ...issued) => tokens.check(await issue(...issued), at)

for (const signer of [old, edge]) {
  judged('jose', THEY_SIGN, `access token, ${signer.alg}`, 'it is believed, and so are its claims', async bench => {
    const tokens = trusting(old, edge)
    const token = await bench.accepts(() => checked(tokens, signer, { groups: ['a'] }))
    assert.deepEqual(
      [token.issuer, token.subject, token.clientId, token.id, [...token.audience], token.scope],
      [ISSUER, 'user:ada', 'agent-7', 't-1', [AUDIENCE], 'pay read'],
    )
    assert.deepEqual([token.expires, token.boundTo], [NOW + 300, agent.publicKey.jwkThumbprint])
    assert.deepEqual(token.claims, claims({ groups: ['a'] }))
    const several = { aud: ['https://x.example', AUDIENCE] }
    await bench.accepts(() => checked(tokens, signer, several, { typ: 'application/at+jwt' }))
    // jose says the same of it.
    const keys = jose.createLocalJWKSet({ keys: [old, edge].map(published) })
    const wanted = { typ: 'at+jwt', issuer: ISSUER, audience: AUDIENCE, currentDate: new Date(NOW * 1000) }
    await jose.jwtVerify(await issue(signer), keys, wanted)
    const tampered = tamper(await issue(signer), { scope: 'admin' })
    await bench.refuses({ code: 'access_token.bad_signature' }, () => tokens.check(tampered, at))
  })

  judged('jose', THEY_SIGN, `access token, ${signer.alg}`, 'each of its rules', async bench => {
    const tokens = trusting(old, edge)
    await bench.accepts(() => checked(tokens, signer, { exp: NOW + 1 }))
    for (const [code, more, header] of [
      ['time.expired', { exp: NOW - 31, iat: NOW - 300 }],
      ['time.not_yet_valid', { nbf: NOW + 31 }],
      ['time.issued_in_future', { iat: NOW + 31 }],
      ['call.not_our_audience', { aud: 'https://other.example' }],
      ['call.not_our_audience', { aud: [] }],
      ['access_token.wrong_issuer', { iss: `${ISSUER}/` }],
      ['access_token.not_bound', { cnf: undefined }],
      ['access_token.not_bound', { cnf: { 'x5t#S256': 'abc' } }],
      ['claims.wrong', { cnf: { jkt: 'short' } }],
      ['claims.missing', { sub: undefined }],
      ['claims.missing', { client_id: undefined }],
      ['claims.missing', { jti: undefined }],
      ['claims.missing', { exp: undefined }],
      ['claims.missing', { iat: undefined }],
      ['envelope.wrong_type', {}, { typ: 'JWT' }],
      ['envelope.wrong_type', {}, { typ: undefined }],
      ['access_token.unknown_key', {}, { kid: 'nobody' }],
    ]) {
      await bench.refuses({ code }, () => checked(tokens, signer, more, header))
    }
  })

  judged('jose', THEY_SIGN, `access token, ${signer.alg}`, 'bound to a key, it goes with a proof by that key', async bench => {
    const accessToken = await issue(signer)
    const { boundTo } = await trusting(signer).check(accessToken, at)
    const call = new DpopCall({ method: 'GET', uri: 'https://api.example/', accessToken })
    const guard = () => new DpopGuard({ origins: AUDIENCE })
    await bench.accepts(() => guard().check(call.sign(agent.key, at), call, { boundTo, ...at }))
    await bench.refuses({ code: 'dpop.wrong_key' }, () => guard().check(call.sign(stranger.key, at), call, { boundTo, ...at }))
  })
}

judged('jose', THEY_SIGN, 'access token, keys', 'an issuer with two keys changes one', async bench => {
  const before = trusting(old, edge)
  const during = trusting(old, edge, fresh)
  const after = trusting(edge, fresh)
  const [byOld, byFresh] = [await issue(old), await issue(fresh)]
  await bench.accepts(() => before.check(byOld, at))
  await bench.refuses({ name: 'Untrusted', code: 'access_token.unknown_key' }, () => before.check(byFresh, at))
  await bench.accepts(() => during.check(byOld, at))
  await bench.accepts(() => during.check(byFresh, at))
  await bench.accepts(() => after.check(byFresh, at))
  await bench.refuses({ code: 'access_token.unknown_key' }, () => after.check(byOld, at))
  // One that names no key is tried under those of its algorithm; one that names another's is not tried under its own.
  await bench.accepts(() => checked(during, fresh, {}, { kid: undefined }))
  await bench.refuses({ code: 'access_token.bad_signature' }, () => checked(during, stranger, {}, { kid: undefined }))
  await bench.refuses({ code: 'access_token.bad_signature' }, () => checked(during, fresh, {}, { kid: 'old' }))
  await bench.refuses({ code: 'access_token.unknown_key' }, () => checked(during, fresh, {}, { kid: 'edge' }))
  // A key that the token itself brings along is nobody's.
  const own = { kid: 'old', jwk: stranger.jwk, jku: 'https://attacker.example/keys' }
  await bench.refuses({ code: 'access_token.bad_signature' }, () => checked(during, stranger, {}, own))
})

judged('jose', THEY_SIGN, 'access token, other algorithms', 'RS256, HS256 under a public key, and none', async bench => {
  const tokens = trusting(old, edge)
  await bench.accepts(() => checked(tokens, old))
  const rsa = { ...rs256(), kid: 'rsa' }
  await bench.refuses({ name: 'Malformed', code: 'envelope.wrong_algorithm' }, () => checked(trusting(old, rsa), rsa))
  // The published key as a shared secret, in each form an attacker may guess (RFC 8725 §2.1).
  const { x } = old.jwk
  for (const secret of [Buffer.from(x, 'base64url'), Buffer.from(x), Buffer.from(JSON.stringify(published(old)))]) {
    await bench.refuses({ code: 'jose.symmetric' }, () => checked(tokens, { alg: 'HS256', kid: 'old', secret }))
  }
  await bench.refuses({ code: 'jose.unsigned' }, () => tokens.check(unsigned({ typ: 'at+jwt', kid: 'old' }, claims()), at))
  await bench.refuses({ code: 'envelope.wrong_algorithm' }, () => checked(tokens, old, {}, { alg: 'EdDSA' }))
})
