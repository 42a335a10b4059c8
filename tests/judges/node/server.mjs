// A resource server's DPoP check, as somebody writes it who has RFC 9449 §4.3 and jose, and has never heard of us.

import { createHash } from 'node:crypto'
import * as jose from 'jose'

/** Which of the twelve checks failed. */
export class Refused extends Error {
  constructor(check) {
    super(`check ${check}`)
    this.check = check
  }
}

function demand(holds, check) {
  if (!holds) throw new Refused(check)
}

/** `received` is the request: the values of its DPoP headers, method, URL and access token; `more` is what the server knows. */
export async function checkDpop(received, { jkt, nonce, now, algorithms = ['ES256', 'Ed25519'] }) {
  demand(received.headers.length === 1, 1)
  const { payload, protectedHeader } = await verify(received.headers[0], now, algorithms)
  demand(payload.htm === received.method, 8)
  demand(plain(payload.htu) === plain(received.url), 9)
  demand(nonce === undefined || payload.nonce === nonce, 10)
  if (received.accessToken !== undefined) {
    demand(payload.ath === createHash('sha256').update(received.accessToken, 'ascii').digest('base64url'), 12)
    demand((await jose.calculateJwkThumbprint(protectedHeader.jwk)) === jkt, 12)
  }
  return { payload, protectedHeader }
}

// Checks 2 to 7 and 11 are jose's: a well-formed JWT, the claims, typ, the algorithm, the signature, no private key, the time.
function verify(proof, now, algorithms) {
  return jose.jwtVerify(proof, jose.EmbeddedJWK, {
    typ: 'dpop+jwt',
    algorithms,
    requiredClaims: ['jti', 'htm', 'htu', 'iat'],
    currentDate: new Date(now * 1000),
    maxTokenAge: 30,
  })
}

// Syntax- and scheme-based normalization, as far as a URL parser does it, without query and fragment.
function plain(uri) {
  const { origin, pathname } = new URL(uri)
  return origin + pathname
}
