// `node speed.mjs`: a decision of ours on a chain of AAT-02, beside jose checking the same signatures and nothing else.

import { compactVerify, importJWK } from 'jose'
import { AUDIENCE, CALL, NOW, chainOf } from '../../../bindings/js/bench/scene.mjs'
import { keybound, name } from './package.mjs'

const { Presentation, Proof, Request, SigningKey, Trust, Verifier } = keybound
const ROUNDS = 1500
const SETTLING = 500

const keys = Array.from({ length: 9 }, () => SigningKey.generate())
const trust = new Trust({ anchors: { issuer: keys[0].publicKey }, audience: AUDIENCE, replayCapacity: 1_000_000 })

for (const links of [1, 3, 8]) {
  const chain = chainOf(keybound, keys, links, { format: 'aat' })
  const bytes = chain.toBytes()
  const sign = () => Proof.sign(keys[links], chain, new Request(CALL), { now: NOW })
  const ours = verifier => async () => {
    const proof = sign().toBytes()
    return () => verifier.authorize(bytes, proof, new Request(CALL), { now: NOW })
  }

  const presentation = new Presentation(chain, sign()).toJSON()
  const tokens = [...presentation.aat_chain, presentation.aat_pop]
  const jwks = keys.slice(0, links + 1).map(key => key.publicKey.toJwk())
  const imported = await Promise.all(jwks.map(jwk => importJWK(jwk, 'Ed25519')))
  const verify = key => async () => async () => {
    for (const [at, token] of tokens.entries()) await compactVerify(token, await key(at))
  }
  const atOnce = key => async () => () => Promise.all(tokens.map(async (token, at) => compactVerify(token, await key(at))))

  const rows = {
    [`keybound (${name}), every rule`]: ours(new Verifier(trust, { cacheCapacity: 0 })),
    [`keybound (${name}), links known`]: ours(new Verifier(trust)),
    'jose, keys imported beforehand': verify(at => imported[at]),
    'jose, keys imported beforehand, all at once': atOnce(at => imported[at]),
    'jose, keys from the tokens': verify(at => importJWK(jwks[at], 'Ed25519')),
  }
  for (const [row, prepare] of Object.entries(rows)) {
    console.log(`chain of ${links}, ${links + 1} signatures: ${row}: ${(await median(prepare)).toFixed(1)} us`)
  }
}

// The median in microseconds; what prepares a call is not timed.
async function median(prepare) {
  const times = []
  for (let round = 0; round < ROUNDS; round += 1) {
    const run = await prepare()
    const started = performance.now()
    await run()
    times.push((performance.now() - started) * 1000)
  }
  const settled = times.slice(SETTLING).sort((a, b) => a - b)
  return settled[settled.length >> 1]
}
