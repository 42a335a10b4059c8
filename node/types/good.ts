// What must compile.

import * as keybound from 'keybound'
import { AgentId, Chain, type Code, Denied, Proof, PublicKey, Refusal, Request, SigningKey, Trust, Verifier, constraint } from 'keybound'

const key: SigningKey = SigningKey.generate()
const holder = new PublicKey(key.publicKey.toBytes())
const chain: Chain = Chain.issue(key, {
  issuer: 'https://issuer.example',
  to: holder,
  tools: { pay: { amount: constraint.range({ max: 5 }), to: constraint.optional(constraint.oneOf('a', 1, null)) } },
  audience: ['https://tools.example'],
  agent: AgentId.parse('spiffe://example.org/agent/o/t/i'),
})
const narrower = chain.delegate(key, { to: holder, tools: '{}', ttl: 60 })
const trust = new Trust({ anchors: { a: holder, b: [holder] }, audience: 'x', limits: { depth: 3 }, identity: 'optional' })
const request = new Request({ tool: 'pay', arguments: { amount: 1, list: [1, { a: null }] }, audience: 'x' })
const text = new Request({ tool: 'pay', arguments: new Uint8Array(), audience: 'x', method: 'POST', uri: 'https://x.example/' })
const permit = narrower.verify(trust, { now: 1 }).authorize(request, Proof.sign(key, narrower, text))
const quick: keybound.Permit = new Verifier(trust, { cacheCapacity: 9 }).authorize(chain.toBytes(), new Uint8Array(), request)
export const agent: string | undefined = permit.agent ?? quick.lineage[0]?.agent

export function explain(error: unknown): string {
  if (error instanceof Denied) {
    const family: 'denied' = error.family
    return `${family} ${error.tool}`
  }
  if (!(error instanceof Refusal)) return 'not ours'
  const code: Code = error.code
  switch (code) {
    case 'chain.tool_added':
    case 'proof.replayed':
      return code
    default:
      return error.fix
  }
}
