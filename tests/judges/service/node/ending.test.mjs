// What ends: introspection by those a token is for, revocation by those who may, and chains that the packages of this repository
// verify until they are revoked.

import assert from 'node:assert/strict'
import { test } from 'node:test'
import * as oauth from 'oauth4webapi'
import { AAT, ACCESS, CWT, TOOLS } from './world.mjs'
import { agent, as, ask, authentication, dpop, exchange, introspect, issuer, logIn, plain, refused, secret, withNonce } from './world.mjs'

const details = JSON.stringify([{ type: 'attenuating_agent_token', tools: { read_invoice: { invoice_id: { constraint_type: 'wildcard' } } }, locations: [TOOLS] }])

/** Revocation as RFC 7009 has it, by a client or by whoever `auth` says. */
async function revoke(name, text) {
  const response = await oauth.revocationRequest(as, { client_id: name }, await authentication(name), text, plain)
  return oauth.processRevocationResponse(response)
}

/** The holder of a token proves its key. The library proves none at this endpoint, so the proof goes in as client authentication. */
async function revokeOwn(handle, text) {
  const url = new URL(as.revocation_endpoint)
  const proof = async (_as, _client, _body, headers) => handle.addProof(url, headers, 'POST')
  return withNonce(async () => {
    const response = await oauth.revocationRequest(as, { client_id: 'agent' }, proof, text, plain)
    handle.cacheNonce(response, url)
    return oauth.processRevocationResponse(response)
  })
}

for (const form of [CWT, AAT, ACCESS]) {
  const name = form.split(':').at(-1)

  test(`those whom a token is for are told that it holds, others nothing: ${name}`, async () => {
    const held = await agent({ requested_token_type: form, resource: TOOLS })
    const told = await introspect('tools', held.access_token)
    assert.equal(told.active, true)
    assert.equal(told.iss, issuer)
    assert.equal(told.txn, 'close-2026-11')
    assert.equal(told.act.sub, held.agent_id)
    assert.equal(told.cnf.jkt, await held.dpop.calculateThumbprint())
    assert.deepEqual(await introspect('mail', held.access_token), { active: false })
    assert.deepEqual(await introspect('tools', `${held.access_token.slice(0, -6)}AAAAAA`), { active: false })
  })

  test(`the orchestrator that launched an agent ends its token, another does not: ${name}`, async () => {
    const held = await agent({ requested_token_type: form, resource: TOOLS })
    await refused(revoke('closing', held.access_token), { status: 403, error: 'unauthorized_client', code: 'client.not_allowed' })
    assert.equal((await introspect('tools', held.access_token)).active, true)
    await revoke('payables', held.access_token)
    assert.deepEqual(await introspect('tools', held.access_token), { active: false })
    await refused(exchange(held), { status: 400, error: 'invalid_grant', code: 'revocation.revoked' })
    // RFC 7009 §2.2: what is revoked already, or never was, is answered alike.
    await revoke('payables', held.access_token)
    await revoke('payables', 'nothing')
  })

  test(`the holder ends its own token: ${name}`, async () => {
    const held = await agent({ requested_token_type: form, resource: TOOLS })
    await refused(revokeOwn(await dpop('Ed25519'), held.access_token), { status: 401, error: 'invalid_client', code: 'proof.not_the_holder' })
    assert.equal((await introspect('tools', held.access_token)).active, true)
    await revokeOwn(held.dpop, held.access_token)
    assert.deepEqual(await introspect('tools', held.access_token), { active: false })
  })
}

test('a client that is no resource server, or cannot show who it is, learns nothing', async () => {
  const held = await agent({ requested_token_type: ACCESS, resource: TOOLS })
  const client = code => ({ status: 401, error: 'invalid_client', code })
  await refused(introspect('payables', held.access_token), client('client.scope_missing'))
  await refused(introspect('tools', held.access_token, { auth: oauth.PrivateKeyJwt(await secret('stranger')) }), client('client.refused'))
  await refused(introspect('tools', held.access_token, { auth: oauth.None() }), client('client.missing'))
  assert.equal((await introspect('tools', held.access_token)).active, true)
})

for (const folder of ['node', 'wasm']) {
  const keybound = await import(new URL(`../../../../${folder}/dist/index.js`, import.meta.url))

  for (const form of [CWT, AAT]) {
    test(`the package ${folder} believes what the service issued, until it is revoked: ${form.split(':').at(-1)}`, async () => {
      const held = await agent({ requested_token_type: form, authorization_details: details })
      const bytes = form === CWT ? Buffer.from(held.access_token, 'base64url') : Buffer.from(held.access_token)
      const known = await (await fetch(as.keybound_configuration)).json()
      const { feed, lists } = follow(keybound, known)
      const verify = (anchors = known.anchors) => keybound.Chain.parse(bytes).verify(trust(keybound, anchors, feed))
      assert.throws(verify, { code: 'revocation.stale' })
      await lists.refresh()

      const chain = verify()
      assert.equal(chain.agent, held.agent_id)
      assert.equal(chain.task, 'close-2026-11')
      assert.deepEqual(Object.keys(chain.tools), ['read_invoice'])
      assert.equal(chain.holder.jwkThumbprint, await held.dpop.calculateThumbprint())
      // Beside it: keys that are published for something else.
      assert.throws(() => verify(known.revocations.keys), { code: 'chain.bad_signature' })

      const operator = await logIn('operator')
      const body = { level: 'agent', id: held.agent_id }
      assert.equal((await ask(operator, 'POST', '/admin/revocations', body)).status, 201)
      await lists.refresh()
      assert.throws(verify, { code: 'revocation.revoked' })
      assert.deepEqual(await introspect('tools', held.access_token), { active: false })
      // Another agent's chain is believed as before.
      const other = await agent({ requested_token_type: CWT })
      assert.ok(keybound.Chain.parse(Buffer.from(other.access_token, 'base64url')).verify(trust(keybound, known.anchors, feed)))
    })
  }
}

function keysOf(keybound, published) {
  return published.map(({ jwk }) => keybound.PublicKey.fromJwk(jwk))
}

function trust(keybound, anchors, feed) {
  return new keybound.Trust({ anchors: { [issuer]: keysOf(keybound, anchors) }, audience: TOOLS, revocation: feed, identity: 'optional' })
}

/** The service's signed lists, asked for when the test says so. */
function follow(keybound, known) {
  const feed = new keybound.RevocationFeed({ issuer, key: keysOf(keybound, known.revocations.keys) })
  return { feed, lists: new keybound.RevocationClient({ url: known.revocations.url, feed }) }
}
