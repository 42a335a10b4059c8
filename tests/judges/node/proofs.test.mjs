// DPoP proofs (RFC 9449): ours before a stock server on jose, jose's before our guard.

import assert from 'node:assert/strict'
import { calculateJwkThumbprint } from 'jose'
import { THEY_SIGN, WE_SIGN, judged } from './bench.mjs'
import { sha256, sign, tamper, unsigned } from './jws.mjs'
import { agent, ed25519, p256, rs256, stranger } from './keys.mjs'
import { ARGUMENTS, NOW, at } from './ours.mjs'
import { keybound } from './package.mjs'
import { checkDpop } from './server.mjs'

const { DpopCall, DpopGuard } = keybound

const ORIGIN = 'https://tools.example'
const URI = `${ORIGIN}/pay`
const ACCESS_TOKEN = 'an.access.token'
const jkt = agent.publicKey.jwkThumbprint

// Ours before theirs.

const received = (proof, more = {}) => ({ headers: [proof], method: 'POST', url: `${URI}?dry=1`, ...more })
const server = { jkt, now: NOW }
const BAD_SIGNATURE = { code: 'ERR_JWS_SIGNATURE_VERIFICATION_FAILED' }

judged('jose', WE_SIGN, 'DPoP proof', 'a stock server takes the twelve checks', async bench => {
  const call = new DpopCall({ method: 'POST', uri: `${URI}?dry=1#top`, accessToken: ACCESS_TOKEN, nonce: 'n-1' })
  const proof = call.sign(agent.key, at)
  const request = received(proof, { accessToken: ACCESS_TOKEN })
  const wanted = { ...server, nonce: 'n-1' }
  const { payload, protectedHeader } = await bench.accepts(() => checkDpop(request, wanted))
  assert.deepEqual(protectedHeader, { alg: 'Ed25519', jwk: agent.jwk, typ: 'dpop+jwt' })
  const { jti, ...claims } = payload
  assert.match(jti, /^.{22,36}$/)
  assert.deepEqual(claims, { ath: sha256(ACCESS_TOKEN), htm: 'POST', htu: URI, iat: NOW, nonce: 'n-1' })

  await bench.refuses({ check: 1 }, () => checkDpop({ ...request, headers: [proof, proof] }, wanted))
  await bench.refuses(BAD_SIGNATURE, () => checkDpop({ ...request, headers: [tamper(proof, { htm: 'PUT' })] }, wanted))
  await bench.refuses({ code: 'ERR_JOSE_ALG_NOT_ALLOWED' }, () => checkDpop(request, { ...wanted, algorithms: ['ES256'] }))
  await bench.refuses({ check: 8 }, () => checkDpop({ ...request, method: 'PUT' }, wanted))
  await bench.refuses({ check: 9 }, () => checkDpop({ ...request, url: `${ORIGIN}/pays` }, wanted))
  await bench.refuses({ check: 10 }, () => checkDpop(request, { ...wanted, nonce: 'n-2' }))
  await bench.refuses({ code: 'ERR_JWT_EXPIRED' }, () => checkDpop(request, { ...wanted, now: NOW + 31 }))
  await bench.refuses({ check: 12 }, () => checkDpop({ ...request, accessToken: 'another' }, wanted))
  await bench.refuses({ check: 12 }, () => checkDpop(request, { ...wanted, jkt: stranger.publicKey.jwkThumbprint }))
})

judged('jose', WE_SIGN, 'DPoP proof with the claim `keybound`', 'a stock server skips it, the signature covers it', async bench => {
  const body = Buffer.from('{"amount":18.5,"to":"bob"}')
  const proof = new DpopCall({ method: 'POST', uri: URI, body, tool: 'pay', arguments: ARGUMENTS }).sign(agent.key, at)
  const { payload } = await bench.accepts(() => checkDpop(received(proof), server))
  // The arguments' digest is that of their canonical form, which is this body.
  assert.deepEqual(payload.keybound, { arguments: sha256(body), body: sha256(body), tool: 'pay' })
  await bench.refuses(BAD_SIGNATURE, () => checkDpop(received(tamper(proof, { keybound: undefined })), server))
})

judged('jose', WE_SIGN, 'DPoP proof', 'a request without a token has no ath', async bench => {
  const proof = new DpopCall({ method: 'GET', uri: 'https://Tools.Example:443' }).sign(agent.key, at)
  const request = { headers: [proof], method: 'GET', url: `${ORIGIN}/` }
  const { payload } = await bench.accepts(() => checkDpop(request, server))
  assert.deepEqual(Object.keys(payload).sort(), ['htm', 'htu', 'iat', 'jti'])
  await bench.refuses({ check: 12 }, () => checkDpop({ ...request, accessToken: ACCESS_TOKEN }, server))
})

// Theirs before ours.

const header = ({ alg, jwk }) => ({ alg, typ: 'dpop+jwt', jwk })
const claims = (more = {}) => ({ htm: 'POST', htu: URI, jti: 'p-1', iat: NOW, ...more })
const call = (more = {}) => new DpopCall({ method: 'POST', uri: '/pay?dry=1', ...more })

/** What a fresh guard says, and what the same guard says the second time. */
function guarded(config = {}) {
  const guard = new DpopGuard({ origins: ORIGIN, ...config })
  return (proof, { request = call(), boundTo, now = NOW } = {}) => guard.check(proof, request, { now, ...(boundTo && { boundTo }) })
}

for (const signer of [ed25519(5), p256()]) {
  judged('jose', THEY_SIGN, `DPoP proof, ${signer.alg}`, 'honest ones, whatever else they carry', async bench => {
    const proof = await sign(signer, header(signer), claims())
    const check = guarded()
    const { id, isBound, jwk } = await bench.accepts(() => check(proof))
    assert.deepEqual([id, isBound, jwk.x], ['p-1', false, signer.jwk.x])
    await bench.refuses({ name: 'Untrusted', code: 'proof.replayed' }, () => check(proof))

    const unknown = claims({ exp: 1, 'https://acme.example/x': {} })
    const more = await sign(signer, { kid: 'mine', ...header(signer), 'x-mine': [1] }, unknown)
    await bench.accepts(() => guarded()(more))
    // What WebCrypto and key sets write into a JWK is no part of its name.
    const exported = { ...signer.jwk, ext: true, key_ops: ['verify'], use: 'sig', kid: 'mine' }
    const { thumbprint } = await bench.accepts(async () =>
      guarded()(await sign(signer, { ...header(signer), jwk: exported }, claims())))
    assert.equal(thumbprint, await calculateJwkThumbprint(signer.jwk))
    const odd = await sign(signer, header(signer), claims({ htu: 'HTTPS://Tools.EXAMPLE:443/%70ay?other=query#f' }))
    await bench.accepts(() => guarded()(odd))
    await bench.refuses({ code: 'dpop.wrong_uri', expected: URI, received: 'https://tools.example/pay/' }, async () =>
      guarded()(await sign(signer, header(signer), claims({ htu: `${URI}/` }))))
  })

  judged('jose', THEY_SIGN, `DPoP proof, ${signer.alg}`, 'each of the twelve checks', async bench => {
    const make = (changed = {}, head = {}) => sign(signer, { ...header(signer), ...head }, claims(changed))
    await bench.accepts(async () => guarded()(await make()))
    for (const [code, changed, head] of [
      ['claims.missing', { jti: undefined }],
      ['claims.missing', { htm: undefined }],
      ['claims.missing', { htu: undefined }],
      ['claims.missing', { iat: undefined }],
      ['envelope.wrong_type', {}, { typ: 'JWT' }],
      ['proof.bad_signature', {}, { jwk: signer.alg === 'ES256' ? p256().jwk : stranger.jwk }],
      ['key.private', {}, { jwk: signer.secret }],
      ['claims.missing', {}, { jwk: undefined }],
      ['jose.wrong_key_type', {}, { jwk: signer.alg === 'ES256' ? stranger.jwk : p256().jwk }],
      ['dpop.wrong_method', { htm: 'GET' }],
      ['dpop.wrong_uri', { htu: 'https://other.example/pay' }],
      ['proof.stale', { iat: NOW - 31 }],
      ['proof.future', { iat: NOW + 6 }],
    ]) {
      await bench.refuses({ code }, async () => guarded()(await make(changed, head)))
    }
    const proof = await make()
    await bench.refuses({ code: 'dpop.missing' }, () => guarded()([]))
    await bench.refuses({ code: 'dpop.repeated' }, () => guarded()([proof, proof]))
    await bench.refuses({ code: 'proof.bad_signature' }, () => guarded()(tamper(proof, { jti: 'p-2' })))
  })

  judged('jose', THEY_SIGN, `DPoP proof, ${signer.alg}`, 'it is for this token, this key and this nonce', async bench => {
    const ours = await calculateJwkThumbprint(signer.jwk)
    const withToken = { request: call({ accessToken: ACCESS_TOKEN, nonce: 'n-1' }), boundTo: ours }
    const honest = { ath: sha256(ACCESS_TOKEN), nonce: 'n-1' }
    const checked = async (changed, more) =>
      guarded()(await sign(signer, header(signer), claims({ ...honest, ...changed })), { ...withToken, ...more })
    const { thumbprint } = await bench.accepts(() => checked())
    assert.equal(thumbprint, ours)
    await bench.refuses({ code: 'dpop.wrong_access_token' }, () => checked({ ath: sha256('another') }))
    await bench.refuses({ code: 'dpop.wrong_access_token' }, () => checked({ ath: undefined }))
    await bench.refuses({ code: 'dpop.wrong_key' }, () => checked({}, { boundTo: jkt }))
    await bench.refuses({ code: 'dpop.use_nonce' }, () => checked({ nonce: 'n-0' }))
  })
}

judged('jose', THEY_SIGN, 'DPoP proof, other algorithms', 'EdDSA only where it is asked for; RS256, HS256 and none never', async bench => {
  const old = await sign(agent, { ...header(agent), alg: 'EdDSA' }, claims())
  await bench.accepts(() => guarded({ algorithms: ['Ed25519', 'EdDSA'] })(old))
  await bench.refuses({ name: 'Malformed', code: 'envelope.wrong_algorithm' }, () => guarded()(old))
  const rsa = rs256()
  await bench.refuses({ code: 'envelope.wrong_algorithm' }, async () => guarded()(await sign(rsa, header(rsa), claims())))
  const confused = { alg: 'HS256', jwk: agent.jwk, secret: Buffer.from(agent.jwk.x, 'base64url') }
  await bench.refuses({ code: 'jose.symmetric' }, async () => guarded()(await sign(confused, header(confused), claims())))
  await bench.refuses({ code: 'jose.unsigned' }, () => guarded()(unsigned(header(agent), claims())))
  const ec = p256()
  const es256 = await sign(ec, header(ec), claims())
  await bench.accepts(() => guarded({ algorithms: ['Ed25519', 'ES256'] })(es256))
  await bench.refuses({ code: 'envelope.wrong_algorithm' }, () => guarded({ algorithms: ['Ed25519'] })(es256))
})

// The order of P-256: with (r, s), (r, n - s) is a signature too.
const N = 0xffffffff00000000ffffffffffffffffbce6faada7179e84f3b9cac2fc632551n

judged('jose', THEY_SIGN, 'DPoP proof, ES256', 'the twin of a signature holds, and is the same proof', async bench => {
  const signer = p256()
  const proof = await sign(signer, header(signer), claims())
  const twin = withTwin(proof)
  await bench.accepts(() => guarded()(twin))
  const check = guarded()
  await bench.accepts(() => check(proof))
  await bench.refuses({ code: 'proof.replayed' }, () => check(twin))
})

function withTwin(jws) {
  const at = jws.lastIndexOf('.') + 1
  const bytes = Buffer.from(jws.slice(at), 'base64url')
  const s = N - BigInt(`0x${bytes.subarray(32).toString('hex')}`)
  const twin = Buffer.concat([bytes.subarray(0, 32), Buffer.from(s.toString(16).padStart(64, '0'), 'hex')])
  return jws.slice(0, at) + twin.toString('base64url')
}
