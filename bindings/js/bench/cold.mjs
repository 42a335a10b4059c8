// `node cold.mjs node|wasm`: import and first decision, each in a fresh process.

import { spawnSync } from 'node:child_process'
import { vectorFiles } from '../vectors/files.mjs'

const ROUNDS = 15
const [, , name, inside] = process.argv

if (inside === undefined) {
  const times = Array.from({ length: ROUNDS }, once).sort((a, b) => a - b)
  console.log(`${name}: import and first decision ${times[times.length >> 1].toFixed(1)} ms (median of ${ROUNDS} fresh processes)`)
} else {
  await decideOnce()
}

function once() {
  const { stdout, stderr } = spawnSync(process.execPath, [process.argv[1], name, 'inside'], { encoding: 'utf8' })
  if (stderr) throw new Error(stderr)
  return Number(stdout)
}

async function decideOnce() {
  const vector = vectorFiles().flatMap(file => file.vectors).find(plain)
  const { trust, chain, proof, request, now } = vector
  const bytes = digits => Uint8Array.from(digits.match(/../g), byte => Number.parseInt(byte, 16))
  const started = performance.now()
  const { PublicKey, Request, Trust, Verifier } = await import(`../../../${name}/dist/index.js`)
  const anchors = { [trust.anchors[0].issuer]: new PublicKey(bytes(trust.anchors[0].key)) }
  const verifier = new Verifier(new Trust({ anchors, audience: trust.audience }))
  const call = new Request({ tool: request.tool, arguments: request.arguments, audience: request.audience })
  verifier.authorize(bytes(chain), bytes(proof), call, { now })
  process.stdout.write(String(performance.now() - started))
}

function plain({ operation, expect, request, trust }) {
  const usual = trust?.identity !== 'optional' && trust?.audience_required !== false && trust?.anchors.length === 1
  return operation === 'authorize' && expect === 'ok' && usual && !request.http && !request.nonce && !trust.limits
}
