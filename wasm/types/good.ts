// What must compile.

import * as keybound from 'keybound-wasm'
import { AccessTokens, AgentId, Chain, type Code, Denied, DpopCall, DpopGuard, Presentation, Proof, PublicKey, Refusal, Request, RevocationClient, RevocationFeed, SigningKey, Trust, Verifier, constraint } from 'keybound-wasm'

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

const jose = Chain.issue(key, { issuer: 'a', to: holder, tools: {}, audience: 'x', format: 'aat' })
const format: 'cwt' | 'aat' = jose.format
const presentation = new Presentation(jose, Proof.sign(key, jose, request))
const members: { readonly aat_chain: readonly string[]; readonly aat_pop: string } = presentation.toJSON()
export const again: readonly Chain[] = [members, '{}', new Uint8Array()].map(form => Presentation.parse(form).chain)
export const loose = new Trust({ anchors: {}, audience: 'x', proofAudienceRequired: format === 'cwt' })
export const read: readonly PublicKey[] = [PublicKey.fromJwk(holder.toJwk()), PublicKey.fromJwk('{}')]

const call = new DpopCall({ method: 'POST', uri: '/', accessToken: 'a.b.c', nonce: 'n', body: new Uint8Array(), tool: 'pay', arguments: { a: [1] } })
const header: string = call.sign(key, { now: 1, proofId: new Uint8Array(16) })
const guard = new DpopGuard({ origins: ['https://x.example'], algorithms: ['Ed25519', 'ES256'], nonceSecret: new Uint8Array(32), noncePeriod: 60, bindingRequired: true, limits: { depth: 3 } })
const tokens = new AccessTokens({ issuer: 'i', audience: 'x', jwks: { keys: [holder.toJwk()] }, bearerAllowed: false })
export async function serve(text: string): Promise<[string, boolean, string | undefined]> {
  const token: keybound.AccessToken = await tokens.check(text, { now: 1 })
  const nonce: string | undefined = guard.freshNonce({ now: 1 })
  const accepted: keybound.DpopAccepted = await guard.check([header], call, token.boundTo === undefined ? {} : { boundTo: token.boundTo, now: 1 })
  return [accepted.thumbprint, accepted.isBound, nonce ?? token.scope]
}

const feed = new RevocationFeed({ issuer: 'i', key: [holder], limits: { revocation_bytes: 5 } })
const client = new RevocationClient({ url: 'https://x.example', feed, interval: 1, stream: true, clock: () => 1, onError: (error: unknown) => error })
export const revocable: readonly Trust[] = [feed, [feed, feed]].map(revocation => new Trust({ anchors: {}, audience: 'x', revocation }))
export async function kept(update: Uint8Array): Promise<number | undefined> {
  feed.apply(update, { now: 1 })
  client.start()
  await Promise.all([client.refresh(), client.fresh()])
  client.stop()
  return feed.seq ?? feed.entries ?? feed.expires ?? feed.nextUpdate ?? feed.maxBytes
}

export function parts(refusal: Refusal): readonly (string | undefined)[] {
  return [refusal.step, refusal.expected, refusal.received]
}

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
