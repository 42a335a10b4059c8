/**
 * A tool server at the edge. It decides every call before a tool runs, offline, with nothing but the issuer's
 * public key; it knows no agent, and keeps nothing but the proofs it has already seen.
 */
import { PublicKey, Refusal, Request as Call, Trust, Verifier } from 'keybound-wasm'
import { bytesOf } from './base64url.js'
import { notFound, problemOf, unauthenticated } from './problem.js'
import { tools } from './tools.js'

/** @type {Verifier | undefined} */
let verifier

export default {
  /** @param {Request} request @param {{ISSUER: string, ISSUER_KEY: string, AUDIENCE: string}} env */
  async fetch(request, env) {
    const name = /^\/tools\/([a-z_]+)$/.exec(new URL(request.url).pathname)?.[1]
    if (request.method !== 'POST' || name === undefined || !tools.has(name)) return notFound()

    const [chain, proof] = ['Keybound-Chain', 'Keybound-Proof'].map((header) => bytesOf(request.headers.get(header)))
    if (!chain || !proof) return unauthenticated()

    const body = new Uint8Array(await request.arrayBuffer())
    try {
      // The route names the tool and the body is its arguments, exactly as received: parsing it first could
      // lose a repeated member or a digit that the proof covers.
      const { method, url: uri } = request
      const call = new Call({ tool: name, arguments: body, audience: env.AUDIENCE, method, uri, body })
      const permit = verifierFor(env).authorize(chain, proof, call)
      const result = tools.get(name)(JSON.parse(new TextDecoder().decode(body)))
      return Response.json({ result, permit: spoken(permit) })
    } catch (error) {
      if (error instanceof Refusal) return problemOf(error)
      throw error
    }
  },
}

/** One verifier for the life of the worker: its memory of proofs is what refuses a replay. */
function verifierFor(env) {
  verifier ??= new Verifier(
    new Trust({ anchors: { [env.ISSUER]: new PublicKey(bytesOf(env.ISSUER_KEY)) }, audience: env.AUDIENCE }),
  )
  return verifier
}

/** What goes into the answer and into an audit line: who acted for whom. No token, no proof. */
function spoken({ agent, principal, task, tool, lineage }) {
  const hops = lineage.map(({ depth, agent, holder, narrowed }) => ({ depth, agent, holder, narrowed }))
  return { agent, principal, task, tool, lineage: hops }
}
