// The vectors of DPoP, of access tokens and of public keys as JSON.

import { bytes, hex, present } from './bytes.mjs'

export const HTTP = { dpop: { check }, dpop_sign: { sign }, access_token: { token }, public_jwk: { publicJwk } }

// Only the last of several checks may be refused.
async function check(keybound, vector) {
  const guard = new keybound.DpopGuard(present({
    origins: vector.guard.origins,
    algorithms: vector.guard.algorithms,
    nonceSecret: vector.guard.nonce_secret && bytes(vector.guard.nonce_secret),
    noncePeriod: vector.guard.nonce_period,
    bindingRequired: vector.guard.binding_required,
    replayCapacity: vector.guard.replay_capacity,
    limits: vector.guard.limits,
  }))
  const once = ({ headers, now }) =>
    guard.check(headers, call(keybound, vector.call), present({ boundTo: vector.bound_to, now }))
  for (const earlier of [...(vector.before ?? []), ...Array((vector.times ?? 1) - 1).fill(vector)]) {
    try {
      await once(earlier)
    } catch (error) {
      throw new Error(`an earlier check was refused: ${error.code}`)
    }
  }
  const { thumbprint, isBound, id } = await once(vector)
  return { thumbprint, is_bound: isBound, id }
}

function call(keybound, { method, uri, access_token, nonce, body, tool, arguments: json }) {
  const covered = { accessToken: access_token, nonce, body: body === undefined ? undefined : bytes(body), tool, arguments: json }
  return new keybound.DpopCall(present({ method, uri, ...covered }))
}

function sign(keybound, vector) {
  const key = keybound.SigningKey.fromSeed(bytes(vector.key))
  const header = call(keybound, vector.call).sign(key, { now: vector.now, proofId: bytes(vector.proof_id) })
  return { result: hex(new TextEncoder().encode(header)) }
}

async function token(keybound, vector) {
  const { issuer, audience, jwks, algorithms, bearer_allowed } = vector.access_tokens
  const tokens = new keybound.AccessTokens(present({ issuer, audience, jwks, algorithms, bearerAllowed: bearer_allowed }))
  const { id, subject, clientId, boundTo, expires } = await tokens.check(vector.text, { now: vector.now })
  return { id, subject, client_id: clientId, bound_to: boundTo, expires }
}

function publicJwk(keybound, vector) {
  const key = keybound.PublicKey.fromJwk(vector.text)
  return { thumbprint: keybound.PublicKey.fromJwk(key.toJwk()).jwkThumbprint }
}
