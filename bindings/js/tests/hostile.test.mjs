// Whatever bytes come in, what comes out is a refusal.

import assert from 'node:assert/strict'
import { test } from 'node:test'
import { keybound } from './package.mjs'
import { NOW, scene, trust } from './scene.mjs'

const { Chain, Proof, PublicKey, Refusal, Request, Verifier } = keybound
const at = { now: NOW }

// The same bytes in every run (xorshift32), so that a failure can be found again.
function* numbers(state) {
  for (;;) {
    state ^= state << 13
    state ^= state >>> 17
    state ^= state << 5
    yield state >>> 0
  }
}

test('random bytes are refused', () => {
  const random = numbers(1)
  const next = () => random.next().value
  for (let round = 0; round < 3000; round += 1) {
    const bytes = Uint8Array.from({ length: next() % 300 }, () => next())
    for (const parse of [() => Chain.parse(bytes), () => Proof.parse(bytes), () => new PublicKey(bytes.slice(0, 31)), () => new Request({ tool: 'x', arguments: bytes, audience: 'y' })]) {
      assert.throws(parse, Refusal)
    }
  }
})

test('a chain or a proof with a byte changed, added or lost is refused', () => {
  const { chain, proof, request } = scene()
  const verifier = new Verifier(trust())
  const random = numbers(7)
  const next = () => random.next().value
  for (let round = 0; round < 1500; round += 1) {
    const [tokens, evidence] = [chain.toBytes(), proof.toBytes()]
    const hurt = round % 2 === 0 ? [mutate(tokens, next), evidence] : [tokens, mutate(evidence, next)]
    assert.throws(() => verifier.authorize(...hurt, request, at), Refusal)
  }
  verifier.authorize(chain.toBytes(), proof.toBytes(), request, at)
})

test('a thousand threads of one chain leave the verifier usable', () => {
  const { chain, helper, request } = scene()
  const verifier = new Verifier(trust({ replayCapacity: 1000 }))
  const present = () => verifier.authorize(chain.toBytes(), Proof.sign(helper, chain, request, at).toBytes(), request, at)
  for (let round = 0; round < 1000; round += 1) present()
  assert.throws(present, { code: 'proof.memory_full' })
})

function mutate(bytes, next) {
  const position = next() % bytes.length
  const kind = next() % 3
  if (kind === 0) return bytes.map((byte, index) => (index === position ? byte ^ (1 + (next() % 255)) : byte))
  if (kind === 1) return Uint8Array.from([...bytes.slice(0, position), next(), ...bytes.slice(position)])
  return Uint8Array.from([...bytes.slice(0, position), ...bytes.slice(position + 1)])
}
