// Compact JWS by jose, from whatever header and whatever payload text.

import { createHash } from 'node:crypto'
import { CompactSign, base64url } from 'jose'

/** Signs exactly this text: its order of members and its blanks are the caller's. */
export function signText(signer, header, text) {
  return new CompactSign(new TextEncoder().encode(text)).setProtectedHeader(header).sign(signer.secret)
}

export function sign(signer, header, claims) {
  return signText(signer, header, JSON.stringify(claims))
}

/** Changes the claims and keeps the signature. */
export function tamper(jws, change) {
  const [header, payload, signature] = jws.split('.')
  const claims = JSON.parse(Buffer.from(payload, 'base64url'))
  return [header, base64url.encode(JSON.stringify({ ...claims, ...change })), signature].join('.')
}

/** No signature at all: RFC 7515 appendix A.5, which jose does not make. */
export function unsigned(header, claims) {
  return `${base64url.encode(JSON.stringify({ ...header, alg: 'none' }))}.${base64url.encode(JSON.stringify(claims))}.`
}

export function sha256(text) {
  return createHash('sha256').update(text).digest('base64url')
}

/** H(token) of AAT-02: SHA-256 of what is signed. */
export function hashOf(jws) {
  return sha256(jws.slice(0, jws.lastIndexOf('.')))
}
