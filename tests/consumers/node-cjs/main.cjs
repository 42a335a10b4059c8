'use strict'

const { PublicKey, Request, Trust, Verifier } = require('keybound-wasm')
const vector = require('./vector.cjs')

const { trust, chain, proof, request, now } = vector
const [anchor] = trust.anchors
const verifier = new Verifier(
  new Trust({
    anchors: { [anchor.issuer]: new PublicKey(bytes(anchor.key)) },
    audience: trust.audience,
  }),
)
const call = new Request({ tool: request.tool, arguments: request.arguments, audience: request.audience })
const permit = verifier.authorize(bytes(chain), bytes(proof), call, { now })
console.log(`permit: ${permit.tool} by ${permit.holder} (${vector.name})`)

function bytes(digits) {
  return Uint8Array.from(digits.match(/../g), byte => Number.parseInt(byte, 16))
}
