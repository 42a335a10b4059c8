/**
 * A tool server at the edge. It decides every call before a tool runs, offline, with the issuer's public keys and
 * the issuer's latest list of what is revoked; it knows no agent, and keeps nothing but the proofs it has already seen.
 */
import {
  PublicKey,
  Refusal,
  Request as Call,
  RevocationClient,
  RevocationFeed,
  Trust,
  Verifier,
} from 'keybound-wasm'
import { bytesOf } from './base64url.js'
import { notFound, problemOf, unauthenticated } from './problem.js'
import { Reporter } from './report.js'
import { tools } from './tools.js'

/**
 * What the worker is configured with: whom it believes, where the list of revocations is, what it is called, and the
 * key with which it reports to the service.
 *
 * @typedef {{ISSUER: string, ANCHORS: object[], REVOCATIONS: {url: string, keys: object[]}, AUDIENCE: string,
 *   CLIENT: {name: string, jwk: object}}} Env
 */

/** @type {{verifier: Verifier, lists: RevocationClient, reporter: Reporter} | undefined} */
let guard

export default {
  /** @param {Request} request @param {Env} env @param {{waitUntil(work: Promise<void>): void}} context */
  async fetch(request, env, context) {
    const name = /^\/tools\/([a-z_]+)$/.exec(new URL(request.url).pathname)?.[1]
    if (request.method !== 'POST' || name === undefined || !tools.has(name)) return notFound()

    const token = request.headers.get('Keybound-Chain')
    const [chain, proof] = [token, request.headers.get('Keybound-Proof')].map(bytesOf)
    if (!chain || !proof) return unauthenticated()

    const body = new Uint8Array(await request.arrayBuffer())
    guard ??= guardFor(env)
    const { verifier, lists, reporter } = guard
    // The caller does not wait for the log, and a log that cannot be reached changes no decision.
    const report = (outcome) => {
      const use = { token, tool: name, audience: env.AUDIENCE, ...outcome }
      context.waitUntil(reporter.report(use).catch((error) => console.error(String(error))))
    }
    // No timer lives between requests here: the list is fetched when it is due. Without a fresh one the decision
    // refuses.
    await lists.fresh()
    try {
      // The route names the tool and the body is its arguments, exactly as received: parsing it first could
      // lose a repeated member or a digit that the proof covers.
      const { method, url: uri } = request
      const call = new Call({ tool: name, arguments: body, audience: env.AUDIENCE, method, uri, body })
      const permit = verifier.authorize(chain, proof, call)
      report({ permitted: true })
      const result = tools.get(name)(JSON.parse(new TextDecoder().decode(body)))
      return Response.json({ result, permit: spoken(permit) })
    } catch (error) {
      if (!(error instanceof Refusal)) throw error
      if (error.family === 'denied') report({ permitted: false, code: error.code })
      return problemOf(error)
    }
  },
}

/**
 * One verifier for the life of the worker: its memory of proofs is what refuses a replay. Issuer, keys and address
 * come from the worker's configuration, never from a token.
 *
 * @param {Env} env
 */
function guardFor({ ISSUER, ANCHORS, REVOCATIONS, AUDIENCE, CLIENT }) {
  const keys = (jwks) => jwks.map((jwk) => PublicKey.fromJwk(jwk))
  const feed = new RevocationFeed({ issuer: ISSUER, key: keys(REVOCATIONS.keys) })
  // Asks at most once a second; five seconds are usual.
  const lists = new RevocationClient({ url: REVOCATIONS.url, feed, interval: 1, timeout: 2 })
  // One machine, one clock: a second of tolerance is plenty, thirty are usual.
  const limits = { skew: 1 }
  const trust = new Trust({ anchors: { [ISSUER]: keys(ANCHORS) }, audience: AUDIENCE, revocation: feed, limits })
  return { verifier: new Verifier(trust), lists, reporter: new Reporter(ISSUER, CLIENT) }
}

/** What goes into the answer: who acted for whom. No token, no proof. */
function spoken({ agent, principal, task, tool, lineage }) {
  const hops = lineage.map(({ depth, agent, holder, narrowed }) => ({ depth, agent, holder, narrowed }))
  return { agent, principal, task, tool, lineage: hops }
}
