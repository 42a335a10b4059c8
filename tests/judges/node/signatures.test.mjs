// Ed25519 itself: other people's verifiers and the core look at the same signatures.

import assert from 'node:assert/strict'
import { createHash } from 'node:crypto'
import { ed25519 } from '@noble/curves/ed25519.js'
import { BOTH_VERIFY, judged } from './bench.mjs'
import { cases } from './cases.mjs'
import { exceptionsOf } from './exceptions.mjs'
import { mayBeShown, smallOrderEncodings } from './strict.mjs'
import { ask } from './workerd/ask.mjs'

const ALL = cases()
const bytes = hex => Buffer.from(hex, 'hex')

async function webCrypto({ key, message, signature }) {
  try {
    const imported = await crypto.subtle.importKey('raw', bytes(key), 'Ed25519', false, ['verify'])
    return await crypto.subtle.verify('Ed25519', imported, bytes(signature), bytes(message))
  } catch {
    return false
  }
}

const noble = options => ({ key, message, signature }) => {
  try {
    return ed25519.verify(bytes(signature), bytes(message), bytes(key), options)
  } catch {
    return false
  }
}

const JUDGES = {
  'node-webcrypto': all => Promise.all(all.map(webCrypto)),
  'workerd-webcrypto': ask,
  'noble-strict': all => all.map(noble({ zip215: false })),
  'noble-default': all => all.map(noble()),
}

for (const [judge, verdicts] of Object.entries(JUDGES)) {
  judged(judge, BOTH_VERIFY, 'Ed25519 signature', 'after the checks that make it strict, it agrees with the core', async bench => {
    const answers = await verdicts(ALL)
    assert.equal(answers.length, ALL.length)
    const exceptions = exceptionsOf(judge)
    let bare = 0
    for (const [index, { name, key, signature, expected }] of ALL.entries()) {
      const holds = answers[index] === true
      const actual = holds && mayBeShown(bytes(key), bytes(signature)) ? 'valid' : 'invalid'
      const exception = exceptions.get(name)
      exceptions.delete(name)
      if (exception === undefined) assert.equal(actual, expected, name)
      else assert.deepEqual([expected, actual], [exception.expected, exception.actual], `${name} is excepted`)
      if (holds !== (expected === 'valid')) bare += 1
      if (actual === 'valid') bench.accepted += 1
      else bench.refused += 1
    }
    assert.deepEqual([...exceptions.keys()], [], 'excepted, and not there')
    // Node is whatever runs this, and may become strict by itself; the others are pinned.
    const isPinned = judge !== 'node-webcrypto'
    assert.ok(bare > exceptionsOf(judge).size || !isPinned, 'the checks change nothing: are they still needed?')
  })
}

// The equation of RFC 8032 §5.1.7, [S]B = R + [k]A, and what is left when it does not hold.
function remainder({ key, message, signature }) {
  const { Point } = ed25519
  const [r, s] = [bytes(signature).subarray(0, 32), bytes(signature).subarray(32)]
  const number = little => BigInt(`0x${Buffer.from(little).reverse().toString('hex')}`)
  const hash = createHash('sha512').update(r).update(bytes(key)).update(bytes(message)).digest()
  const k = number(hash) % Point.Fn.ORDER
  const [R, A] = [Point.fromBytes(r), Point.fromBytes(bytes(key))]
  return Point.BASE.multiplyUnsafe(number(s)).subtract(R).subtract(A.multiplyUnsafe(k))
}

judged('noble-strict', BOTH_VERIFY, 'excepted signatures', 'what only it takes holds only with the cofactor', async bench => {
  const names = [...exceptionsOf('noble-strict').keys(), ...exceptionsOf('noble-default').keys()]
  const plain = test => () => assert.ok(remainder(test).is0())
  for (const test of ALL.filter(({ name }) => names.includes(name))) {
    await bench.refuses({ code: 'ERR_ASSERTION' }, plain(test))
    assert.ok(remainder(test).clearCofactor().is0(), test.name)
  }
  for (const test of ALL.filter(({ name, expected }) => name.startsWith('own/') && expected === 'valid')) {
    await bench.accepts(plain(test))
  }
})

judged('noble-strict', BOTH_VERIFY, 'encodings of small order', 'the fourteen are what they are called', async bench => {
  const isSmall = encoding => ed25519.Point.fromBytes(encoding, true).isSmallOrder()
  const encodings = smallOrderEncodings()
  assert.equal(new Set(encodings.map(encoding => encoding.toString('hex'))).size, 14)
  for (const encoding of encodings) await bench.accepts(() => assert.ok(isSmall(encoding)))
  for (const { key } of ALL.filter(({ name }) => name.startsWith('own/'))) {
    await bench.refuses({ code: 'ERR_ASSERTION' }, () => assert.ok(isSmall(bytes(key))))
  }
})
