// Ed25519 signatures to be judged, with the core's verdict on each.
//
// The core's own verdicts are those of tests/tests/foreign/ed25519.rs: what a suite expects, but for the exceptions written
// down there.

import { readFileSync } from 'node:fs'
import { agent, helper, issuer, stranger } from './keys.mjs'
import { NOW, ourChain, ourProof, ourTokens } from './ours.mjs'
import { keybound } from './package.mjs'

const read = path => JSON.parse(readFileSync(new URL(`../../${path}`, import.meta.url)))

/** `{ name, key, message, signature, expected }`, in hex, and `valid` or `invalid`. */
export function cases() {
  return [...wycheproof(), ...speccheck(), ...own()]
}

const excepted = read('foreign-exceptions.json').flatMap(({ cases: names, actual }) => names.map(name => [name, actual]))
const EXCEPTIONS = new Map(excepted)

function foreign(name, expected, key, message, signature) {
  return { name, key, message, signature, expected: EXCEPTIONS.get(name) ?? expected }
}

function wycheproof() {
  const { testGroups } = read('vectors/foreign/wycheproof/ed25519_test.json')
  return testGroups.flatMap(({ publicKey, tests }) =>
    tests.map(({ tcId, result, msg, sig }) => foreign(`wycheproof/${tcId}`, result, publicKey.pk, msg, sig)))
}

// The suite has no verdicts; foreign/ed25519.rs explains those.
function speccheck() {
  return read('vectors/foreign/ed25519-speccheck/cases.json').map(({ pub_key, message, signature }, index) =>
    foreign(`ed25519-speccheck/${index}`, index <= 3 ? 'valid' : 'invalid', pub_key, message, signature))
}

/** What the package under test signs, and the same with one bit of the signature turned. */
function own() {
  const chain = ourChain()
  const dpop = new keybound.DpopCall({ method: 'GET', uri: 'https://tools.example/' }).sign(agent.key, { now: NOW })
  const signed = [[...ourTokens(chain), ourProof(chain), dpop], [issuer, agent, helper, stranger, agent]]
  return ['root', 'child', 'grandchild', 'proof', 'dpop'].flatMap((name, index) => {
    const [jws, { publicKey }] = signed.map(list => list[index])
    const dot = jws.lastIndexOf('.')
    const key = Buffer.from(publicKey.toBytes()).toString('hex')
    const message = Buffer.from(jws.slice(0, dot)).toString('hex')
    const signature = Buffer.from(jws.slice(dot + 1), 'base64url')
    const honest = { name: `own/${name}`, key, message, signature: signature.toString('hex'), expected: 'valid' }
    signature[8 * index] ^= 1
    return [honest, { ...honest, name: `own/${name}-turned`, signature: signature.toString('hex'), expected: 'invalid' }]
  })
}
