// A chain of AAT-02 by somebody who has read the draft and has jose, but not us: claims by hand, signatures by jose.

import { calculateJwkThumbprintUri } from 'jose'
import { hashOf, sign } from './jws.mjs'
import { agent, helper, issuer } from './keys.mjs'
import { ARGUMENTS, AUDIENCE, FEWER, ISSUER, NOW, TOOLS, at, request } from './ours.mjs'
import { keybound } from './package.mjs'

const { Presentation, Trust } = keybound

export const TOKEN = { alg: 'Ed25519', typ: 'aat+jwt' }
export const POP = { alg: 'Ed25519', typ: 'aat-pop+jwt' }

const grants = tools => [{ type: 'attenuating_agent_token', tools }]

/** §3.2: a root for the agent. */
export function rootClaims() {
  return {
    iss: ISSUER,
    jti: '019abcde-0000-7000-8000-000000000001',
    iat: NOW,
    exp: NOW + 300,
    aud: AUDIENCE,
    cnf: { jwk: agent.jwk },
    del_depth: 0,
    del_max_depth: 1,
    authorization_details: grants(TOOLS),
  }
}

/** §6.2: a child for the helper, by the agent. */
export async function childClaims(root) {
  return {
    iss: await calculateJwkThumbprintUri(agent.jwk),
    jti: '019abcde-0000-7000-8000-000000000002',
    iat: NOW + 1,
    exp: NOW + 120,
    cnf: { jwk: helper.jwk },
    par_hash: hashOf(root),
    del_depth: 1,
    del_max_depth: 1,
    authorization_details: grants(FEWER),
  }
}

/** §7.2: a proof of the call under that child. The draft wants JCS here, so members stand in its order. */
export function popClaims(leaf) {
  return {
    aat_aud: AUDIENCE,
    aat_hash: hashOf(leaf),
    aat_id: '019abcde-0000-7000-8000-000000000002',
    aat_tool: 'pay',
    hta: { amount: ARGUMENTS.amount, to: ARGUMENTS.to },
    iat: NOW + 2,
    jti: '019abcde-0000-7000-8000-000000000003',
  }
}

/**
 * The three objects, honest but for what a caller changes in one: `{ header, claims, signer, sign }`. `sign` makes the object
 * from its text where the text matters.
 */
export async function theirs({ root = {}, child = {}, pop = {} } = {}) {
  const make = (signer, header, claims, change) =>
    (change.sign ?? sign)(change.signer ?? signer, { ...header, ...change.header }, { ...claims, ...change.claims })
  const first = await make(issuer, TOKEN, rootClaims(), root)
  const second = await make(agent, TOKEN, await childClaims(first), child)
  const proof = await make(helper, POP, popClaims(second), pop)
  return { tokens: [first, second], proof }
}

/** What we make of them. The draft has no principal, agent or task, so none is asked for. */
export function decide({ tokens, proof }, { call = request(), more = {} } = {}) {
  const presentation = Presentation.parse(JSON.stringify({ aat_chain: tokens, aat_pop: proof, ...more }))
  const trust = new Trust({ anchors: { [ISSUER]: issuer.publicKey }, audience: AUDIENCE, identity: 'optional' })
  return presentation.chain.verify(trust, at).authorize(call, presentation.proof, at)
}
