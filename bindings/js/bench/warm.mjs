// `node warm.mjs node|wasm`: what one decision costs once the engine is warm.

import { AUDIENCE, CALL, NOW, chainOf } from './scene.mjs'

const [, , name] = process.argv
const keybound = await import(`../../../${name}/dist/index.js`)
const { Proof, Request, SigningKey, Trust, Verifier } = keybound
const keys = Array.from({ length: 9 }, () => SigningKey.generate())

for (const links of [1, 3, 8]) {
  const chain = chainOf(keybound, keys, links)
  const holder = keys[links]
  const bytes = chain.toBytes()
  const trust = new Trust({ anchors: { issuer: keys[0].publicKey }, audience: AUDIENCE, replayCapacity: 1_000_000 })
  const cold = new Verifier(trust, { cacheCapacity: 0 })
  const warm = new Verifier(trust)
  const request = new Request(CALL)
  const decide = verifier => {
    const proof = Proof.sign(holder, chain, request, { now: NOW }).toBytes()
    return () => verifier.authorize(bytes, proof, new Request(CALL), { now: NOW })
  }
  const [first, again] = [median(() => decide(cold)), median(() => decide(warm))]
  console.log(`${name}: chain of ${links}, proof included: ${first.toFixed(1)} us; links known: ${again.toFixed(1)} us`)
}
const request = new Request(CALL)
const chain = chainOf(keybound, keys, 3)
console.log(`${name}: sign a proof ${median(() => () => Proof.sign(keys[3], chain, request, { now: NOW })).toFixed(0)} us`)
console.log(`${name}: describe a call ${median(() => () => new Request(CALL)).toFixed(1)} us`)

// The median of many single calls, in microseconds; what prepares a call is not timed.
function median(prepare) {
  const times = []
  for (let round = 0; round < 1500; round += 1) {
    const run = prepare()
    const started = performance.now()
    run()
    times.push((performance.now() - started) * 1000)
  }
  const settled = times.slice(500).sort((a, b) => a - b)
  return settled[settled.length >> 1]
}
