// npm dpop, the client library, before our guard. It dates and names its proofs itself, so these run on the host's clock.

import assert from 'node:assert/strict'
import { calculateThumbprint, generateKeyPair, generateProof } from 'dpop'
import { THEY_SIGN, judged } from './bench.mjs'
import { keybound } from './package.mjs'

const { DpopCall, DpopGuard } = keybound

const ORIGIN = 'https://tools.example'
const URI = `${ORIGIN}/pay`
const post = (more = {}) => new DpopCall({ method: 'POST', uri: URI, ...more })
const guard = (more = {}) => new DpopGuard({ origins: ORIGIN, ...more })

for (const alg of ['ES256', 'Ed25519']) {
  judged('dpop', THEY_SIGN, `DPoP proof, ${alg}`, 'it is accepted, once', async bench => {
    const pair = await generateKeyPair(alg)
    const proof = await generateProof(pair, URI, 'POST')
    const mine = guard()
    const { thumbprint } = await bench.accepts(() => mine.check(proof, post()))
    assert.equal(thumbprint, await calculateThumbprint(pair.publicKey))
    await bench.refuses({ name: 'Untrusted', code: 'proof.replayed' }, () => mine.check(proof, post()))
    await bench.accepts(async () => mine.check(await generateProof(pair, URI, 'POST'), post()))
  })

  judged('dpop', THEY_SIGN, `DPoP proof, ${alg}`, 'with a nonce, an access token and claims of its own', async bench => {
    const pair = await generateKeyPair(alg)
    const boundTo = await calculateThumbprint(pair.publicKey)
    const proof = await generateProof(pair, URI, 'POST', 'n-1', 'access.token', { extra: { a: 1 } })
    const wanted = post({ nonce: 'n-1', accessToken: 'access.token' })
    await bench.accepts(() => guard().check(proof, wanted, { boundTo }))
    await bench.refuses({ code: 'dpop.use_nonce' }, () => guard().check(proof, post({ nonce: 'n-2' })))
    const another = post({ accessToken: 'another' })
    await bench.refuses({ code: 'dpop.wrong_access_token' }, () => guard().check(proof, another, { boundTo }))
    const other = await calculateThumbprint((await generateKeyPair(alg)).publicKey)
    await bench.refuses({ code: 'dpop.wrong_key' }, () => guard().check(proof, wanted, { boundTo: other }))
    await bench.refuses({ code: 'dpop.wrong_key' }, () => guard().check(proof, wanted))
  })

  judged('dpop', THEY_SIGN, `DPoP proof, ${alg}`, 'query and fragment, which it signs along, do not count', async bench => {
    const pair = await generateKeyPair(alg)
    const proof = await generateProof(pair, `${URI}?dry=1&next=/x#top`, 'POST')
    await bench.accepts(() => guard().check(proof, post({ uri: '/pay?dry=1&next=/x' })))
    const elsewhere = { code: 'dpop.wrong_uri', expected: `${ORIGIN}/refund`, received: URI }
    await bench.refuses(elsewhere, () => guard().check(proof, post({ uri: '/refund?dry=1' })))
    await bench.refuses({ code: 'dpop.wrong_uri', expected: 'https://other.example/pay', received: URI }, () =>
      guard({ origins: 'https://other.example' }).check(proof, post({ uri: '/pay' })))
    await bench.refuses({ code: 'dpop.wrong_method', expected: 'PUT', received: 'POST' }, () =>
      guard().check(proof, new DpopCall({ method: 'PUT', uri: '/pay' })))
  })

  judged('dpop', THEY_SIGN, `use_dpop_nonce, ${alg}`, 'refused, told the nonce, accepted', async bench => {
    const pair = await generateKeyPair(alg)
    const mine = guard({ nonceSecret: new Uint8Array(32).fill(7) })
    const first = await serve(mine, await generateProof(pair, URI, 'POST'))
    assert.deepEqual([first.status, first.headers['WWW-Authenticate']], [401, 'DPoP error="use_dpop_nonce"'])
    const nonce = first.headers['DPoP-Nonce']
    const second = await bench.accepts(async () => serve(mine, await generateProof(pair, URI, 'POST', nonce)))
    assert.equal(second.status, 200)

    const [bare, again] = [await generateProof(pair, URI, 'POST'), await generateProof(pair, URI, 'POST', nonce)]
    const USE_NONCE = { code: 'dpop.use_nonce' }
    await bench.refuses(USE_NONCE, () => mine.check(bare, post()))
    await bench.refuses(USE_NONCE, () => guard({ nonceSecret: new Uint8Array(32).fill(8) }).check(again, post()))
    // Two periods later it has died, whatever the proof says of the time.
    await bench.refuses(USE_NONCE, () => mine.check(again, post(), { now: Math.floor(Date.now() / 1000) + 120 }))
  })
}

/** What a server answers (RFC 9449 §9). */
async function serve(mine, proof) {
  try {
    await mine.check(proof, post())
    return { status: 200, headers: {} }
  } catch (refusal) {
    if (refusal.code !== 'dpop.use_nonce') throw refusal
    return { status: 401, headers: { 'WWW-Authenticate': 'DPoP error="use_dpop_nonce"', 'DPoP-Nonce': mine.freshNonce() } }
  }
}
