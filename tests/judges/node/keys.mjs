// The keys of the play, in the forms that we and the judges take. The seeds are published here: never use them elsewhere.

import { createPrivateKey, generateKeyPairSync } from 'node:crypto'
import { keybound } from './package.mjs'

// RFC 8410 §7: what stands before the seed in a PKCS #8 key.
const PKCS8 = Buffer.from('302e020100300506032b657004220420', 'hex')

/** The Ed25519 key of a seed of equal bytes: ours, and as JWKs by OpenSSL. */
export function ed25519(byte) {
  const seed = Buffer.alloc(32, byte)
  const der = Buffer.concat([PKCS8, seed])
  const { kty, crv, x, d } = createPrivateKey({ key: der, format: 'der', type: 'pkcs8' }).export({ format: 'jwk' })
  const key = keybound.SigningKey.fromSeed(seed)
  return { alg: 'Ed25519', key, publicKey: key.publicKey, secret: { kty, crv, x, d }, jwk: { kty, crv, x } }
}

/** A fresh P-256 key, as JWKs: no face of ours signs with one. */
export function p256() {
  const { kty, crv, x, y, d } = generateKeyPairSync('ec', { namedCurve: 'P-256' }).privateKey.export({ format: 'jwk' })
  return { alg: 'ES256', secret: { kty, crv, x, y, d }, jwk: { kty, crv, x, y } }
}

/** A fresh RSA key: no face of ours takes one. */
export function rs256() {
  const { privateKey, publicKey } = generateKeyPairSync('rsa', { modulusLength: 2048 })
  return { alg: 'RS256', secret: privateKey.export({ format: 'jwk' }), jwk: publicKey.export({ format: 'jwk' }) }
}

export const issuer = ed25519(1)
export const agent = ed25519(2)
export const helper = ed25519(3)
export const stranger = ed25519(4)
