// Clients: they find the server, log in with private_key_jwt and DPoP, and ask it for something.

import assert from 'node:assert/strict'
import { test } from 'node:test'
import * as oauth from 'oauth4webapi'
import * as jose from 'jose'
import { as, ask, authentication, discover, dpop, forbidden, issuer, keys, launch, logIn, other, plain, refused, secret } from './world.mjs'

const REFUSED = { status: 401, error: 'invalid_client', code: 'client.refused' }
const ORCHESTRATORS = ['payables', 'closing']

test('the metadata is found by the issuer id, and is that issuer’s', async () => {
  assert.equal(as.issuer, issuer)
  assert.equal(as.token_endpoint, `${issuer}/token`)
  assert.ok(as.token_endpoint_auth_methods_supported.includes('private_key_jwt'))
  assert.deepEqual(as.dpop_signing_alg_values_supported, ['Ed25519', 'EdDSA', 'ES256'])
  // A tenant with a path, where RFC 8414 §3.1 has its metadata.
  assert.equal((await discover(other)).token_endpoint, `${other}/token`)
})

test('the metadata of one issuer is not another’s', async () => {
  const response = await oauth.discoveryRequest(new URL(issuer), { algorithm: 'oauth2', ...plain })
  await assert.rejects(oauth.processDiscoveryResponse(new URL(other), response), { code: 'OAUTH_JSON_ATTRIBUTE_COMPARISON_FAILED' })
})

for (const name of ORCHESTRATORS) {
  const { alg } = keys[name]

  test(`${alg}: a client logs in, after it was told the nonce`, async () => {
    const handle = await dpop()
    const client = { client_id: name }
    const once = async () => {
      const response = await oauth.clientCredentialsGrantRequest(as, client, await authentication(name), {}, { DPoP: handle, ...plain })
      return oauth.processClientCredentialsResponse(as, client, response)
    }
    await refused(once(), { status: 400, error: 'use_dpop_nonce', code: 'dpop.use_nonce' })
    const answer = await once()
    assert.equal(answer.token_type, 'dpop')
    assert.equal(answer.expires_in, 300)
    assert.equal(answer.scope, 'launch')
    const { cnf, aud, client_id } = jose.decodeJwt(answer.access_token)
    assert.deepEqual({ jkt: cnf.jkt, aud, client_id }, { jkt: await handle.calculateThumbprint(), aud: [issuer], client_id: name })
  })

  test(`${alg}: a client launches an agent with its token and a proof`, async () => {
    const launched = await launch(await logIn(name))
    assert.equal(launched.orchestrator, name)
    assert.equal(launched.token_endpoint, as.token_endpoint)
  })

  for (const [what, change] of Object.entries({
    'for the token endpoint': (_, claims) => { claims.aud = as.token_endpoint },
    'for two parties': (_, claims) => { claims.aud = [issuer, 'https://elsewhere.example'] },
    'for another tenant': (_, claims) => { claims.aud = other },
    expired: (_, claims) => Object.assign(claims, { iat: claims.iat - 600, nbf: claims.nbf - 600, exp: claims.iat - 1 }),
    'that lives too long': (_, claims) => { claims.exp = claims.iat + 3600 },
    'without an id': (_, claims) => { delete claims.jti },
    'of another issuer': (_, claims) => { claims.iss = 'mail' },
    'of a client that is not there': (_, claims) => Object.assign(claims, { iss: 'nobody', sub: 'nobody' }),
  })) {
    test(`${alg}: an assertion ${what} is refused`, async () => {
      await refused(logIn(name, { auth: await authentication(name, change) }), REFUSED)
    })
  }

  test(`${alg}: an assertion by another key is refused`, async () => {
    await refused(logIn(name, { auth: oauth.PrivateKeyJwt(await secret('stranger')) }), REFUSED)
    const forged = { ...(await secret('stranger')), kid: keys[name].kid }
    await refused(logIn(name, { auth: oauth.PrivateKeyJwt(forged) }), REFUSED)
  })

  test(`${alg}: an assertion is taken once`, async () => {
    const fixed = (_, claims) => { claims.jti = `the same for ${name}` }
    const handle = await dpop()
    // Asked for the nonce first: what is refused for that uses up no assertion.
    await logIn(name, { handle, auth: await authentication(name, fixed) })
    await refused(logIn(name, { handle, auth: await authentication(name, fixed) }), { status: 401, error: 'invalid_client', code: 'proof.replayed' })
  })
}

test('without a proof there is no token', async () => {
  const client = { client_id: 'payables' }
  const response = oauth.clientCredentialsGrantRequest(as, client, await authentication('payables'), {}, plain)
  await refused(response.then(answer => oauth.processClientCredentialsResponse(as, client, answer)), { status: 400, error: 'invalid_request', code: 'client.unbound' })
})

test('a client narrows its scope and cannot widen it', async () => {
  assert.equal((await logIn('operator', { parameters: { scope: 'launch audit' } })).answer.scope, 'launch audit')
  await refused(logIn('payables', { parameters: { scope: 'launch admin' } }), { status: 403, error: 'invalid_scope', code: 'client.scope_missing' })
})

test('a proof for another address, method or nonce is refused, and one of another time', async () => {
  const bad = async change => logIn('payables', { handle: await dpop('ES256', change) })
  const proof = code => ({ status: 400, error: 'invalid_dpop_proof', code })
  await refused(bad((_, claims) => { claims.htu = `${other}/token` }), proof('dpop.wrong_uri'))
  await refused(bad((_, claims) => { claims.htm = 'GET' }), proof('dpop.wrong_method'))
  await refused(bad((_, claims) => { claims.nonce = 'AAAA' }), { status: 400, error: 'use_dpop_nonce', code: 'dpop.use_nonce' })
  // Where there is no nonce, the time counts (RFC 9449 §11.1).
  const late = await dpop('ES256', (_, claims) => { if (claims.ath) claims.iat -= 600 })
  const launched = ask(await logIn('payables', { handle: late }), 'POST', '/launch', { workflow: 'close', task: 'close-2026-11' })
  await refused(launched, proof('proof.stale'))
})

test('a token is worth nothing without its key, as a bearer token, or where its scope does not reach', async () => {
  const session = await logIn('payables')
  const body = { workflow: 'close', task: 'close-2026-11' }
  const challenged = (error, code) => ({ status: 401, error, code })
  await refused(ask({ ...session, dpop: await dpop() }, 'POST', '/launch', body), { status: 400, error: 'invalid_dpop_proof', code: 'dpop.wrong_key' })
  await refused(ask({ ...session, dpop: undefined }, 'POST', '/launch', body), challenged('invalid_token', 'client.token_refused'))
  await refused(ask({ ...session, token: `${session.token.slice(0, -8)}AAAAAAAA` }, 'POST', '/launch', body), challenged('invalid_token', 'access_token.bad_signature'))
  await forbidden(ask(session, 'GET', '/audit/events'), { status: 403, code: 'client.scope_missing' })
  await forbidden(ask(await logIn('mail'), 'POST', '/launch', body), { status: 403, code: 'client.scope_missing' })
  assert.equal((await ask(session, 'POST', '/launch', body)).status, 201)
})

test('a proof is taken once, for one request', async () => {
  const fixed = await dpop('ES256', (_, claims) => { if (claims.ath) claims.jti = 'the same' })
  const session = await logIn('payables', { handle: fixed })
  const body = { workflow: 'close', task: 'close-2026-11' }
  assert.equal((await ask(session, 'POST', '/launch', body)).status, 201)
  await refused(ask(session, 'POST', '/launch', body), { status: 400, error: 'invalid_dpop_proof', code: 'proof.replayed' })
})

test('an orchestrator launches its own workflows alone, and within them', async () => {
  const [payables, closing] = [await logIn('payables'), await logIn('closing')]
  assert.equal((await launch(closing, { workflow: 'ledger' })).orchestrator, 'closing')
  const asked = body => ask(payables, 'POST', '/launch', { workflow: 'close', task: 'close-2026-11', ...body })
  await forbidden(asked({ workflow: 'ledger' }), { status: 403, code: 'policy.not_your_workflow' })
  await forbidden(asked({ audience: ['https://elsewhere.example'] }), { status: 403, code: 'policy.audience_not_allowed' })
  const more = { pay_invoice: { invoice_id: { constraint_type: 'wildcard' }, amount: { constraint_type: 'range', max: 501 } } }
  await forbidden(asked({ tools: more }), { status: 403, code: 'policy.outside_ceiling' })
})
