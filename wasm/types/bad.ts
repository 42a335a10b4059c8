// What must not compile.

import { type AccessToken, AccessTokens, Chain, type Code, type DpopAccepted, DpopCall, DpopGuard, Permit, Presentation, Proof, PublicKey, type Refusal, Request, RevocationClient, RevocationFeed, SigningKey, Trust, type VerifiedChain, Verifier, constraint } from 'keybound-wasm'

declare const key: SigningKey
declare const chain: Chain
declare const verified: VerifiedChain
declare const request: Request
declare const proof: Proof
declare const trust: Trust
declare const presentation: Presentation
declare const call: DpopCall
declare const guard: DpopGuard
declare const tokens: AccessTokens
declare const token: AccessToken
declare const accepted: DpopAccepted
declare const refusal: Refusal
declare const feed: RevocationFeed
declare const client: RevocationClient

// @ts-expect-error a chain nobody has checked decides nothing
chain.authorize(request, proof)
// @ts-expect-error nor can its grant be read
chain.tools
// @ts-expect-error a permit is not made by hand
new Permit()
// @ts-expect-error nor written as an object
export const forged: Permit = { tool: 'pay', audience: 'x', issuer: 'y', expires: 1, leewayUsed: 0, holder: '', lineage: [] }
// @ts-expect-error a key cannot be read back
key.toBytes()
// @ts-expect-error a public key is not a signing key
Proof.sign(key.publicKey, chain, request)
// @ts-expect-error keys are bytes, never text
new PublicKey('d75a98')
// @ts-expect-error a code that does not exist
export const code: Code = 'chain.widened_a_bit'
// @ts-expect-error a misspelt option
new Trust({ anchors: {}, audience: 'x', revokd: [] })
// @ts-expect-error a limit that does not exist
new Trust({ anchors: {}, audience: 'x', limits: { dept: 3 } })
// @ts-expect-error JSON holds no dates
new Request({ tool: 'x', arguments: { when: new Date() }, audience: 'y' })
// @ts-expect-error a grant needs tools
Chain.issue(key, { issuer: 'x', to: key.publicKey, audience: 'y' })
// @ts-expect-error times are numbers
verified.authorize(request, proof, { now: '1' })
// @ts-expect-error the verifier takes bytes
new Verifier(trust).authorize(chain, proof, request)
// @ts-expect-error a range is made of numbers
constraint.range({ max: '5' })
// @ts-expect-error an encoding that does not exist
Chain.issue(key, { issuer: 'x', to: key.publicKey, tools: {}, audience: 'y', format: 'jwt' })
// @ts-expect-error a child is of the encoding of its parent
chain.delegate(key, { to: key.publicKey, format: 'aat' })
// @ts-expect-error a chain without its proof is no presentation
new Presentation(chain)
// @ts-expect-error nobody has checked what is presented
presentation.authorize(request)
// @ts-expect-error a key is public when it is read from a JWK
export const secret: SigningKey = PublicKey.fromJwk('{}')
// @ts-expect-error a call has a target
new DpopCall({ method: 'GET' })
// @ts-expect-error what is not there is left out
new DpopCall({ method: 'GET', uri: '/', accessToken: undefined })
// @ts-expect-error bodies are bytes
new DpopCall({ method: 'GET', uri: '/', body: 'text' })
// @ts-expect-error a call shows nothing of what it holds
call.accessToken
// @ts-expect-error only a signing key signs
call.sign(key.publicKey)
// @ts-expect-error a server has an origin
new DpopGuard({})
// @ts-expect-error an algorithm we do not know
new DpopGuard({ origins: 'x', algorithms: ['RS256'] })
// @ts-expect-error a list of algorithms is a list
new DpopGuard({ origins: 'x', algorithms: 'Ed25519' })
// @ts-expect-error a secret is bytes
new DpopGuard({ origins: 'x', nonceSecret: 'text' })
// @ts-expect-error a misspelt option
new DpopGuard({ origins: 'x', bindingRequird: true })
// @ts-expect-error a server checks for a call
guard.check('header')
// @ts-expect-error what is checked comes later
export const early: DpopAccepted = guard.check('header', call)
// @ts-expect-error evidence of a proof is no evidence of a decision
export const decided: Permit = accepted
// @ts-expect-error nor does it change
accepted.isBound = true
// @ts-expect-error a set of keys has keys
new AccessTokens({ issuer: 'x', audience: 'y', jwks: {} })
// @ts-expect-error tokens are text
tokens.check(new Uint8Array())
// @ts-expect-error a token need not be bound
export const bound: string = token.boundTo
// @ts-expect-error what it says does not change
token.audience.push('x')
// @ts-expect-error a flag is true or false
new Trust({ anchors: {}, audience: 'x', proofAudienceRequired: 'no' })
// @ts-expect-error a refusal need not have a step
export const step: string = refusal.step
// @ts-expect-error a feed believes a public key
new RevocationFeed({ issuer: 'i', key })
// @ts-expect-error what an issuer revokes comes in a feed
new Trust({ anchors: {}, audience: 'x', revocation: [new Uint8Array()] })
// @ts-expect-error lists are bytes
feed.apply('text')
// @ts-expect-error a number does not go back
feed.seq = 5
// @ts-expect-error before the first list there are no entries
export const entries: number = feed.entries
// @ts-expect-error a client knows where to ask
new RevocationClient({ feed })
// @ts-expect-error a client decides nothing
client.authorize(request, proof)
