// The one JavaScript surface of Keybound. The packages `keybound` and `keybound-wasm` are this
// surface over two native modules that offer the same classes; their builds copy these files.
//
// It checks the types of what it is given and turns objects into JSON text. Every rule about
// tokens, and every limit, is in the core.

export { bind } from './native.js'
export { AgentId, PublicKey, SigningKey } from './key.js'
export { Chain, VerifiedChain } from './chain.js'
export { Presentation, Proof, Request } from './call.js'
export { AccessTokens, DpopCall, DpopGuard } from './dpop.js'
export { Permit, Trust, Verifier } from './verify.js'
export { RevocationFeed } from './feed.js'
export { RevocationClient } from './revocation.js'
export { constraint } from './constraint.js'
export { Denied, Malformed, Refusal, Untrusted } from './refusal.js'
