// An issuer, an agent and its sub-agent: what most tests start from.

import { keybound } from './package.mjs'

const { Chain, Proof, Request, SigningKey, Trust, constraint } = keybound

export const ISSUER = 'https://issuer.example'
export const AUDIENCE = 'https://tools.example'
export const AGENT = 'spiffe://example.org/agent/orch/task/one'
export const NOW = 1_800_000_000

const key = byte => SigningKey.fromSeed(new Uint8Array(32).fill(byte))

/** A chain of two, the call it is for and the proof of it. */
export function scene() {
  const [issuer, agent, helper] = [key(1), key(2), key(3)]
  const root = Chain.issue(issuer, {
    issuer: ISSUER,
    to: agent.publicKey,
    tools: { pay: { amount: constraint.range({ max: 100 }), to: constraint.oneOf('alice', 'bob') }, read: {} },
    audience: AUDIENCE,
    principal: 'user:7',
    agent: AGENT,
    task: 'task-1',
    maxDepth: 2,
    now: NOW,
  })
  const chain = root.delegate(agent, {
    to: helper.publicKey,
    tools: { pay: { amount: constraint.range({ max: 10 }), to: constraint.exact('bob') } },
    now: NOW,
  })
  const request = new Request({ tool: 'pay', arguments: { amount: 5, to: 'bob' }, audience: AUDIENCE })
  const proof = Proof.sign(helper, chain, request, { now: NOW })
  return { issuer, agent, helper, root, chain, request, proof, trust: trust() }
}

/** A fresh trust in the issuer. */
export function trust(more = {}) {
  return new Trust({ anchors: { [ISSUER]: key(1).publicKey }, audience: AUDIENCE, ...more })
}
