// Names of keys: JWK thumbprints (RFC 7638), their URIs (RFC 9278), and the JWKs themselves.

import assert from 'node:assert/strict'
import * as jose from 'jose'
import { calculateThumbprint } from 'dpop'
import { WE_SIGN, judged } from './bench.mjs'
import { agent, ed25519, issuer, p256 } from './keys.mjs'
import { ourChain, ourTokens } from './ours.mjs'
import { keybound } from './package.mjs'

const { DpopCall, DpopGuard, PublicKey } = keybound

const seeds = Array.from({ length: 32 }, (_, index) => index + 1)

judged('jose', WE_SIGN, 'JWK thumbprint', 'every key has one name', async bench => {
  for (const seed of seeds) {
    const { jwk, publicKey } = ed25519(seed)
    assert.deepEqual({ ...publicKey.toJwk() }, { crv: jwk.crv, kty: jwk.kty, x: jwk.x })
    assert.ok(PublicKey.fromJwk({ ...jwk, kid: 'mine', use: 'sig' }).equals(publicKey))
    await bench.accepts(async () => assert.equal(publicKey.jwkThumbprint, await jose.calculateJwkThumbprint(jwk)))
    const other = ed25519(seed + 1)
    await bench.refuses({ code: 'ERR_ASSERTION' }, async () =>
      assert.equal(publicKey.jwkThumbprint, await jose.calculateJwkThumbprint(other.jwk)))
  }
})

judged('jose', WE_SIGN, 'JWK thumbprint URI', "a child's issuer is that of the key that signed it", async bench => {
  const [, child, leaf] = ourTokens(ourChain()).map(token => jose.decodeJwt(token).iss)
  const uri = jwk => jose.calculateJwkThumbprintUri(jwk)
  await bench.accepts(async () => assert.equal(child, await uri(agent.jwk)))
  assert.equal(child, `urn:ietf:params:oauth:jwk-thumbprint:sha-256:${agent.publicKey.jwkThumbprint}`)
  assert.notEqual(leaf, child)
  await bench.refuses({ code: 'ERR_ASSERTION' }, async () => assert.equal(child, await uri(issuer.jwk)))
})

judged('jose', WE_SIGN, 'JWK thumbprint of a P-256 key', 'the guard names it as jose and dpop do', async bench => {
  const { jwk, secret } = p256()
  const guard = new DpopGuard({ origins: 'https://tools.example' })
  const proof = await new jose.SignJWT({ htm: 'GET', htu: 'https://tools.example/', jti: '1' })
    .setProtectedHeader({ alg: 'ES256', typ: 'dpop+jwt', jwk }).setIssuedAt().sign(secret)
  const { thumbprint, jwk: seen } = await guard.check(proof, new DpopCall({ method: 'GET', uri: '/' }))
  assert.deepEqual({ ...seen }, { crv: 'P-256', kty: 'EC', x: jwk.x, y: jwk.y })
  const theirs = await calculateThumbprint(await jose.importJWK(jwk, 'ES256', { extractable: true }))
  const names = [await jose.calculateJwkThumbprint(jwk), theirs]
  await bench.accepts(() => assert.deepEqual([thumbprint, thumbprint], names))
  const other = await jose.calculateJwkThumbprint(p256().jwk)
  await bench.refuses({ code: 'ERR_ASSERTION' }, () => assert.equal(thumbprint, other))
})
