// What must not compile.

import { Chain, type Code, Permit, Proof, PublicKey, Request, SigningKey, Trust, type VerifiedChain, Verifier, constraint } from 'keybound-wasm'

declare const key: SigningKey
declare const chain: Chain
declare const verified: VerifiedChain
declare const request: Request
declare const proof: Proof
declare const trust: Trust

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
