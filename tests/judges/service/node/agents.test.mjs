// Agents: a first token for a launch token, renewals, an access token for one server, and on behalf of a user.

import assert from 'node:assert/strict'
import { randomUUID } from 'node:crypto'
import { test } from 'node:test'
import * as oauth from 'oauth4webapi'
import * as jose from 'jose'
import { AAT, ACCESS, CWT, EXCHANGE, ID_TOKEN, LAUNCH, MAIL, TOOLS } from './world.mjs'
import { agent, as, discover, dpop, exchange, issuer, keys, launch, logIn, other, plain, refused, secret, token } from './world.mjs'

const jwks = jose.createRemoteJWKSet(new URL(as.jwks_uri))
const grant = (error, code, status = 400) => ({ status, error, code })
const details = (amount, locations = [TOOLS]) =>
  JSON.stringify([{ type: 'attenuating_agent_token', tools: { pay_invoice: { invoice_id: { constraint_type: 'wildcard' }, amount: { constraint_type: 'range', max: amount } } }, locations }])

for (const [form, type] of [[CWT, 'pop'], [AAT, 'aat'], [ACCESS, 'dpop']]) {
  test(`a launch token becomes a first token, once: ${form.split(':').at(-1)}`, async () => {
    const { launch_token } = await launch(await logIn('payables'))
    const handle = await dpop('Ed25519')
    const asked = { launch_token, requested_token_type: form, resource: TOOLS }
    const first = await token(handle, LAUNCH, asked)
    assert.equal(first.token_type, type)
    assert.equal(first.issued_token_type, form)
    assert.match(first.agent_id, /^spiffe:\/\/default\.example\/agent\/payables\/close-2026-11\/[0-9a-f]{32}$/)
    await refused(token(await dpop('Ed25519'), LAUNCH, asked), grant('invalid_grant', 'launch.used'))
  })
}

test('a launch token of another tenant, or of nobody, is refused', async () => {
  const { launch_token } = await launch(await logIn('payables'))
  const server = await discover(other)
  await refused(token(await dpop('Ed25519'), LAUNCH, { launch_token }, { server }), grant('invalid_grant', 'launch.unknown'))
  await refused(token(await dpop('Ed25519'), LAUNCH, { launch_token: `kbl_${'A'.repeat(48)}` }), grant('invalid_grant', 'launch.unknown'))
  assert.ok((await token(await dpop('Ed25519'), LAUNCH, { launch_token })).access_token)
})

test('a launch token that has expired is refused', async () => {
  const { launch_token } = await launch(await logIn('payables'), { launch_ttl: 1 })
  await new Promise(resolve => setTimeout(resolve, 2100))
  await refused(token(await dpop('Ed25519'), LAUNCH, { launch_token }), grant('invalid_grant', 'launch.expired'))
})

test('a first token needs a proof with a nonce, by a key that can delegate', async () => {
  const session = await logIn('payables')
  const { launch_token } = await launch(session)
  const client = { client_id: 'agent' }
  const bare = async options => {
    const response = await oauth.genericTokenEndpointRequest(as, client, oauth.None(), LAUNCH, { launch_token }, { ...options, ...plain })
    return oauth.processGenericTokenEndpointResponse(as, client, response)
  }
  await refused(bare({}), grant('invalid_dpop_proof', 'dpop.missing'))
  await refused(bare({ DPoP: await dpop('Ed25519') }), grant('use_dpop_nonce', 'dpop.use_nonce'))
  await refused(token(await dpop('ES256'), LAUNCH, { launch_token }), grant('invalid_request', 'request.key_not_ed25519'))
  const elsewhere = await dpop('Ed25519', (_, claims) => { claims.htu = `${issuer}/launch` })
  await refused(token(elsewhere, LAUNCH, { launch_token }), grant('invalid_dpop_proof', 'dpop.wrong_uri'))
  // The control: an access token may be bound to any key, and none of the refusals used the launch token up.
  assert.equal((await token(await dpop('ES256'), LAUNCH, { launch_token, requested_token_type: ACCESS })).token_type, 'dpop')
})

test('a first token is within the workflow', async () => {
  const asked = async more => token(await dpop('Ed25519'), LAUNCH, { launch_token: (await launch(await logIn('payables'))).launch_token, ...more })
  assert.equal((await asked({ authorization_details: details(20) })).authorization_details[0].tools.pay_invoice.amount.max, 20)
  await refused(asked({ authorization_details: details(501) }), grant('invalid_scope', 'policy.outside_ceiling', 403))
  await refused(asked({ scope: 'read_invoice delete_invoice' }), grant('invalid_scope', 'policy.outside_ceiling', 403))
  await refused(asked({ resource: 'https://elsewhere.example' }), grant('invalid_target', 'policy.audience_not_allowed', 403))
  await refused(asked({ ttl: '3600' }), grant('access_denied', 'policy.ttl_out_of_bounds', 403))
})

for (const form of [CWT, AAT, ACCESS]) {
  test(`a renewal is for the same key, no wider, and the last: ${form.split(':').at(-1)}`, async () => {
    const first = await agent({ requested_token_type: form, authorization_details: details(100) })
    await refused(exchange({ ...first, dpop: await dpop('Ed25519') }), grant('invalid_dpop_proof', 'proof.not_the_holder'))
    await refused(exchange(first, { authorization_details: details(200) }), grant('invalid_scope', 'policy.outside_ceiling', 403))
    const renewed = await exchange(first, { authorization_details: details(50) })
    assert.notEqual(renewed.access_token, first.access_token)
    assert.equal(renewed.renewals, 1)
    assert.equal(renewed.agent_id, first.agent_id)
    assert.equal(renewed.authorization_details[0].tools.pay_invoice.amount.max, 50)
    await refused(exchange(first), grant('invalid_grant', 'revocation.revoked'))
    const again = { ...renewed, dpop: first.dpop }
    await refused(exchange(again, { authorization_details: details(100) }), grant('invalid_scope', 'policy.outside_ceiling', 403))
    assert.equal((await exchange(again)).renewals, 2)
  })
}

test('a chain becomes an access token for one server, which jose and a resource server believe', async () => {
  const first = await agent({ authorization_details: details(100, [TOOLS, MAIL]) })
  const asked = more => exchange(first, { requested_token_type: ACCESS, ...more })
  const access = await asked({ resource: TOOLS })
  assert.equal(access.token_type, 'dpop')
  const opened = await jose.jwtVerify(access.access_token, jwks, { issuer, audience: TOOLS, typ: 'at+jwt', algorithms: ['Ed25519', 'EdDSA'] })
  assert.equal(opened.payload.cnf.jkt, await first.dpop.calculateThumbprint())
  assert.equal(opened.payload.act.sub, first.agent_id)
  await assert.rejects(jose.jwtVerify(access.access_token, jwks, { issuer, audience: MAIL }), { code: 'ERR_JWT_CLAIM_VALIDATION_FAILED' })
  await assert.rejects(jose.jwtVerify(turned(access.access_token), jwks), { code: 'ERR_JWS_SIGNATURE_VERIFICATION_FAILED' })
  const theirs = jose.createRemoteJWKSet(new URL((await discover(other)).jwks_uri))
  await assert.rejects(jose.jwtVerify(access.access_token, theirs), { code: 'ERR_JWKS_NO_MATCHING_KEY' })
  await refused(asked({}), grant('invalid_request', 'request.missing_parameter'))
  await refused(asked({ resource: 'https://elsewhere.example' }), grant('invalid_target', 'policy.audience_not_allowed', 403))
  await refused(asked({ resource: TOOLS, authorization_details: details(101) }), grant('invalid_scope', 'policy.outside_ceiling', 403))
  await refused(exchange({ ...first, dpop: await dpop('Ed25519') }, { requested_token_type: ACCESS, resource: TOOLS }), grant('invalid_dpop_proof', 'proof.not_the_holder'))

  const called = async handle => {
    const url = new URL('https://tools.example/pay')
    const headers = new Headers({ authorization: `DPoP ${access.access_token}` })
    await handle.addProof(url, headers, 'POST', access.access_token)
    return oauth.validateJwtAccessToken(as, new Request(url, { method: 'POST', headers }), TOOLS, { requireDPoP: true, signingAlgorithms: ['Ed25519'], ...plain })
  }
  assert.equal((await called(first.dpop)).client_id, first.agent_id)
  await assert.rejects(called(await dpop('Ed25519')))
})

test('a root of AAT-02 is a JWS by a published key', async () => {
  const { access_token } = await agent({ requested_token_type: AAT })
  const opened = await verifyUnnamed(access_token)
  assert.equal(opened.payload.authorization_details[0].type, 'attenuating_agent_token')
  await assert.rejects(verifyUnnamed(turned(access_token)), { code: 'ERR_JWS_SIGNATURE_VERIFICATION_FAILED' })
})

/** A token of the draft names no key, and several are published: jose hands out those that fit, for its caller to try. */
async function verifyUnnamed(jws) {
  const options = { issuer, algorithms: ['Ed25519', 'EdDSA'] }
  const several = await jose.jwtVerify(jws, jwks, options).then(assert.fail, problem => problem)
  assert.equal(several.code, 'ERR_JWKS_MULTIPLE_MATCHING_KEYS')
  for await (const key of several) {
    try {
      return await jose.jwtVerify(jws, key, options)
    } catch (problem) {
      if (problem.code !== 'ERR_JWS_SIGNATURE_VERIFICATION_FAILED') throw problem
    }
  }
  throw new jose.errors.JWSSignatureVerificationFailed()
}

/** An ID token of the user, changed by `change`. */
async function idToken(change = {}, signer = 'staff') {
  const now = Math.floor(Date.now() / 1000)
  const { key, kid } = await secret(signer)
  const claims = { iss: 'https://login.example', sub: 'ada', aud: issuer, iat: now, exp: now + 300, jti: randomUUID(), ...change }
  return new jose.SignJWT(claims).setProtectedHeader({ alg: keys[signer].alg, kid: signer === 'stranger' ? keys.staff.kid : kid, typ: 'JWT' }).sign(key)
}

test('an agent acts for a user who sent a token, and for no other', async () => {
  const first = await agent({ requested_token_type: CWT })
  const actor = { actor_token: first.access_token, actor_token_type: CWT }
  const asked = (user, by = actor) =>
    token(first.dpop, EXCHANGE, { subject_token: user, subject_token_type: ID_TOKEN, requested_token_type: ACCESS, resource: TOOLS, ...by })
  const now = Math.floor(Date.now() / 1000)
  await refused(asked(await idToken({ aud: 'https://elsewhere.example' })), grant('invalid_grant', 'attest.wrong_audience'))
  await refused(asked(await idToken({ iat: now - 900, exp: now - 600 })), grant('invalid_grant', 'attest.expired'))
  await refused(asked(await idToken({ iss: 'https://elsewhere.example' })), grant('invalid_grant', 'attest.unknown_issuer'))
  await refused(asked(await idToken({}, 'stranger')), grant('invalid_grant', 'attest.bad_signature'))
  await refused(asked(await idToken(), {}), grant('invalid_request', 'request.missing_parameter'))
  const acting = await asked(await idToken())
  const { payload } = await jose.jwtVerify(acting.access_token, jwks, { issuer, audience: TOOLS, typ: 'at+jwt' })
  assert.equal(payload.sub, 'https://login.example#ada')
  assert.equal(payload.act.sub, first.agent_id)
})

test('a session that acts for one user does not come to act for another', async () => {
  const { launch_token } = await launch(await logIn('payables'), { principal: undefined, subject_token: await idToken() })
  const handle = await dpop('Ed25519')
  const first = await token(handle, LAUNCH, { launch_token })
  const asked = async user =>
    token(handle, EXCHANGE, { subject_token: await idToken({ sub: user }), subject_token_type: ID_TOKEN, actor_token: first.access_token, actor_token_type: CWT, requested_token_type: ACCESS, resource: TOOLS })
  assert.equal((await asked('ada')).token_type, 'dpop')
  await refused(asked('bob'), grant('invalid_grant', 'policy.principal_not_allowed', 403))
})

/** The same with one bit of the signature turned. */
function turned(jws) {
  const [header, payload, signature] = jws.split('.')
  const bytes = Buffer.from(signature, 'base64url')
  bytes[10] ^= 1
  return [header, payload, bytes.toString('base64url')].join('.')
}
