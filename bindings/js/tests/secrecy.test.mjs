// Nothing that prints or copies an object shows a key, a token or a proof.

import assert from 'node:assert/strict'
import { test } from 'node:test'
import { inspect } from 'node:util'
import { keybound } from './package.mjs'
import { NOW, scene, trust } from './scene.mjs'

const seed = Uint8Array.from({ length: 32 }, (_, index) => index * 7 + 13)
const at = { now: NOW }

test('no view of an object shows bytes', () => {
  const { chain, proof, request, trust: trusted } = scene()
  const key = keybound.SigningKey.fromSeed(seed)
  const verified = chain.verify(trust(), at)
  const silent = [key, key.publicKey, chain, proof, request, trusted, verified, new keybound.Verifier(trusted)]
  const secrets = [seed, chain.toBytes(), proof.toBytes()].flatMap(pieces)
  // A permit tells the ids of its tokens, which are in their bytes; a signature is what must not be there.
  const signatures = [chain.toBytes().slice(-64), proof.toBytes().slice(-64), seed].flatMap(pieces)
  check(silent, secrets)
  check([verified.authorize(request, proof, at)], signatures)
})

function check(objects, secrets) {
  for (const object of objects) {
    for (const view of views(object)) {
      for (const secret of secrets) assert.ok(!view.includes(secret), `${object.constructor.name} shows ${secret}: ${view}`)
    }
  }
}

test('a refusal shows neither the token nor its arguments', () => {
  const { chain, root, agent, helper } = scene()
  const bytes = chain.toBytes()
  bytes[bytes.length - 1] ^= 1
  const secrets = [bytes, root.toBytes()].flatMap(pieces)
  for (const run of [() => keybound.Chain.parse(bytes).verify(trust(), at), () => keybound.Chain.parse(bytes.slice(0, -1)), () => root.delegate(helper, { to: agent.publicKey, now: NOW })]) {
    assert.throws(run, error => {
      const view = inspect(error, { depth: 9 })
      return error instanceof keybound.Refusal && secrets.every(secret => !view.includes(secret))
    })
  }
})

function views(object) {
  const shown = [inspect(object, { depth: 9, showHidden: true }), JSON.stringify(object) ?? '', String(object)]
  try {
    shown.push(inspect(structuredClone(object), { depth: 9 }))
  } catch (error) {
    assert.equal(error.name, 'DataCloneError')
  }
  return shown
}

// Six bytes in a row, as they would be seen in hex, base64, base64url and as a list of numbers.
function pieces(bytes) {
  const found = []
  for (let start = 0; start + 9 <= bytes.length; start += 9) {
    const piece = Buffer.from(bytes.slice(start, start + 9))
    found.push(piece.toString('hex'), piece.toString('base64'), piece.toString('base64url'), [...piece].join(', '), [...piece].join(','))
  }
  return found
}
