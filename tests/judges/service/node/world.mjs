// What the tests have: the service that the runner started, clients that log in, agents with a first token; all by oauth4webapi.

import assert from 'node:assert/strict'
import { readFileSync } from 'node:fs'
import * as oauth from 'oauth4webapi'
import * as jose from 'jose'

export const { issuer, other, keys } = JSON.parse(readFileSync(process.env.KEYBOUND_WORLD))

export const LAUNCH = 'urn:keybound:params:oauth:grant-type:launch-token'
export const EXCHANGE = 'urn:ietf:params:oauth:grant-type:token-exchange'
export const CWT = 'urn:keybound:params:oauth:token-type:cwt-chain'
export const AAT = 'urn:keybound:params:oauth:token-type:aat-chain'
export const ACCESS = 'urn:ietf:params:oauth:token-type:access_token'
export const ID_TOKEN = 'urn:ietf:params:oauth:token-type:id_token'

export const TOOLS = 'https://tools.example'
export const MAIL = 'https://mail.example'

/** Plain HTTP on this machine. */
export const plain = { [oauth.allowInsecureRequests]: true }

/** The token types that RFC 6749 §7.1 lets a server add: the client says that it knows them. */
export const known = { recognizedTokenTypes: { pop: () => {}, aat: () => {} } }

/** A server's metadata, as any client finds it. */
export async function discover(url = issuer) {
  const response = await oauth.discoveryRequest(new URL(url), { algorithm: 'oauth2', ...plain })
  return oauth.processDiscoveryResponse(new URL(url), response)
}

export const as = await discover()

/** The key of a name, to sign with. */
export async function secret(name) {
  return { key: await jose.importJWK(keys[name], keys[name].alg), kid: keys[name].kid }
}

/** Client authentication with the key of a name, changed by `change`. */
export async function authentication(name, change) {
  return oauth.PrivateKeyJwt(await secret(name), change && { [oauth.modifyAssertion]: change })
}

export async function dpop(alg = 'ES256', change) {
  return oauth.DPoP({}, await oauth.generateKeyPair(alg, { extractable: true }), change && { [oauth.modifyAssertion]: change })
}

/** Does it, and once more when all that was missing is the server's nonce. */
export async function withNonce(ask) {
  try {
    return await ask()
  } catch (problem) {
    if (!oauth.isDPoPNonceError(problem)) throw problem
    return ask()
  }
}

/** A client that logs in: its access token and the key that it is bound to. */
export async function logIn(name, { auth, handle, parameters = {} } = {}) {
  const client = { client_id: name }
  const proof = handle ?? (await dpop())
  const answer = await withNonce(async () => {
    const response = await oauth.clientCredentialsGrantRequest(as, client, auth ?? (await authentication(name)), parameters, { DPoP: proof, ...plain })
    return oauth.processClientCredentialsResponse(as, client, response)
  })
  return { client, dpop: proof, token: answer.access_token, answer }
}

/** A request of a client that has logged in. */
export function ask(session, method, path, body) {
  const headers = new Headers(body === undefined ? {} : { 'content-type': 'application/json' })
  const options = { DPoP: session.dpop, ...plain }
  return oauth.protectedResourceRequest(session.token, method, new URL(path, as.issuer), headers, body && JSON.stringify(body), options)
}

/** A launch token for an agent. */
export async function launch(session, more = {}) {
  const response = await ask(session, 'POST', '/launch', { workflow: 'close', task: 'close-2026-11', ...more })
  assert.equal(response.status, 201)
  return response.json()
}

/** A token request of somebody who has no client credentials, only a key. */
export async function token(handle, grant, parameters, { server = as } = {}) {
  const client = { client_id: 'agent' }
  return withNonce(async () => {
    const response = await oauth.genericTokenEndpointRequest(server, client, oauth.None(), grant, parameters, { DPoP: handle, ...plain })
    return oauth.processGenericTokenEndpointResponse(server, client, response, known)
  })
}

/** An agent with its first token. */
export async function agent(more = {}, alg = 'Ed25519', by = 'payables') {
  const { launch_token } = await launch(await logIn(by))
  const handle = await dpop(alg)
  return { dpop: handle, ...(await token(handle, LAUNCH, { launch_token, ...more })) }
}

export function exchange(agent, more) {
  const subject = { subject_token: agent.access_token, subject_token_type: agent.issued_token_type }
  return token(agent.dpop, EXCHANGE, { ...subject, requested_token_type: agent.issued_token_type, ...more })
}

/** What a resource server is told of a token. */
export async function introspect(name, text, options = {}) {
  const client = { client_id: name }
  const response = await oauth.introspectionRequest(as, client, options.auth ?? (await authentication(name)), text, plain)
  return oauth.processIntrospectionResponse(as, client, response)
}

/** That a request is refused as it must be: status, the word of the RFC, and our code. */
export async function refused(asked, { status, error, code }) {
  const problem = await asked.then(
    done => assert.fail(`this was not refused: ${JSON.stringify(done)}`),
    problem => problem,
  )
  const seen = { status: problem.status }
  if (problem instanceof oauth.ResponseBodyError) Object.assign(seen, { error: problem.error, code: problem.cause.code })
  else if (problem instanceof oauth.WWWAuthenticateChallengeError) {
    const [challenge] = problem.cause
    assert.equal(challenge.scheme, 'dpop')
    Object.assign(seen, { error: challenge.parameters.error, code: (await problem.response.json()).code })
  } else throw problem
  assert.deepEqual(seen, { status, error, code })
}

/** The same of a protected resource, whose refusals are problem details. */
export async function forbidden(asked, { status, code }) {
  const response = await asked
  assert.equal(response.headers.get('content-type'), 'application/problem+json')
  assert.deepEqual({ status: response.status, code: (await response.json()).code }, { status, code })
}
