// What we sign: chains of AAT-02, and calls under them, by the package under test.

import { keybound } from './package.mjs'
import { agent, helper, issuer, stranger } from './keys.mjs'

const { Chain, Proof, Request, constraint } = keybound

export const ISSUER = 'https://issuer.example'
export const AUDIENCE = 'https://tools.example'
export const AGENT = 'spiffe://acme.example/agent/orch/task-7/a1'
export const NOW = 1_800_000_000
export const at = { now: NOW }

export const TOOLS = { pay: { amount: constraint.range({ max: 100 }), to: constraint.oneOf('ada', 'bob') } }
export const FEWER = { pay: { amount: constraint.range({ max: 20 }), to: constraint.exact('bob') } }
export const ARGUMENTS = { to: 'bob', amount: 18.5 }

/** A chain of three: issuer to agent to helper to stranger. */
export function ourChain() {
  return Chain.issue(issuer.key, {
    issuer: ISSUER,
    to: agent.publicKey,
    tools: TOOLS,
    audience: AUDIENCE,
    principal: 'user:ada',
    agent: AGENT,
    task: 'task-7',
    maxDepth: 2,
    format: 'aat',
    ...at,
  })
    .delegate(agent.key, { to: helper.publicKey, tools: FEWER, now: NOW + 1 })
    .delegate(helper.key, { to: stranger.publicKey, ttl: 60, now: NOW + 2 })
}

export function ourTokens(chain) {
  return JSON.parse(Buffer.from(chain.toBytes())).aat_chain
}

export function request(more = {}) {
  return new Request({ tool: 'pay', arguments: ARGUMENTS, audience: AUDIENCE, ...more })
}

/** The proof of a call under [`ourChain`], as text. */
export function ourProof(chain, call = request()) {
  return Buffer.from(Proof.sign(stranger.key, chain, call, { now: NOW + 3 }).toBytes()).toString()
}
