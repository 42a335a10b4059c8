// Runs conformance vectors against a package. It touches nothing of a host, so the same file
// runs in Node, in an edge runtime and in a browser.

import { bytes, hex, present } from './bytes.mjs'
import { HTTP } from './http.mjs'

/**
 * @param keybound the package's exports
 * @param files the parsed files of tests/vectors
 * @returns a promise of the number of vectors, and one line for each that did not come out as expected
 */
export async function runVectors(keybound, files) {
  const vectors = files.flatMap(file => file.vectors)
  const wrong = []
  for (const vector of vectors) {
    const complaint = await check(keybound, vector)
    if (complaint !== undefined) wrong.push(`${vector.name}: ${complaint}`)
  }
  return { count: vectors.length, wrong }
}

/** The line every runner prints last, and what was wrong before it. */
export function report({ count, wrong }) {
  return [...wrong, wrong.length === 0 ? `vectors: ${count} passed` : `vectors: ${wrong.length} of ${count} failed`]
}

// Each operation, with every road that must lead to the same outcome.
const OPERATIONS = {
  authorize: { quick: quickRoad, long: longRoad },
  present: { presented, presentedAgain },
  issue: { issue },
  delegate: { delegate },
  prove: { prove },
  agent_id: { agentId },
  public_key: { publicKey },
  revocations: { revocations },
  ...HTTP,
}

async function check(keybound, vector) {
  const roads = OPERATIONS[vector.operation]
  if (roads === undefined) return `no such operation: ${vector.operation}`
  for (const [name, road] of Object.entries(roads)) {
    const outcome = await outcomeOf(keybound, () => road(keybound, vector))
    const complaint = compare(vector, outcome)
    if (complaint !== undefined) return `${name}: ${complaint}`
  }
  return undefined
}

async function outcomeOf(keybound, run) {
  try {
    return { code: 'ok', facts: await run() }
  } catch (error) {
    if (error instanceof NoRequest) return { ...refusalOf(error.refusal), isUnmade: true }
    if (error instanceof keybound.Refusal) return refusalOf(error)
    return { code: `${error.name}: ${error.message}` }
  }
}

function refusalOf({ code, link, step }) {
  return { code, link, step, isRefusal: true }
}

function compare(vector, outcome) {
  const { code, facts } = outcome
  // Where the oracle is the draft's it knows none of our codes, only its steps.
  const isExpected = vector.expect === 'refused' ? outcome.isRefusal : code === vector.expect
  if (!isExpected) return `expected ${vector.expect}, got ${code}`
  if (code !== 'ok') return compareRefusal(vector, outcome)
  for (const [name, fact] of Object.entries(facts)) {
    const expected = vector.permit?.[name] ?? vector.facts?.[name] ?? vector[name]
    if (expected !== undefined && expected !== null && expected !== fact) return `expected ${name} ${expected}, got ${fact}`
  }
  return undefined
}

function compareRefusal(vector, { link, step, isUnmade }) {
  if (vector.link !== undefined && (vector.link ?? undefined) !== link) return `expected it at link ${vector.link}, got ${link}`
  // AAT-02 has a step for a call that is none, which nobody but the maker of the request can name.
  const named = isUnmade && vector.steps !== undefined ? '6b' : step
  const steps = vector.steps ?? [undefined]
  return steps.includes(named) ? undefined : `expected it in step ${steps}, got ${named}`
}

// The request of a vector cannot be made.
class NoRequest extends Error {
  constructor(refusal) {
    super(refusal.message)
    this.refusal = refusal
  }
}

function callOf(keybound, vector) {
  try {
    return request(keybound, vector.request)
  } catch (error) {
    throw error instanceof keybound.Refusal ? new NoRequest(error) : error
  }
}

// The quick road: bytes to a verifier that remembers links.
function quickRoad(keybound, vector) {
  const verifier = new keybound.Verifier(trust(keybound, vector.trust))
  return repeated(vector, keybound, at => {
    const call = callOf(keybound, vector)
    return verifier.authorize(bytes(vector.chain), bytes(vector.proof), call, at)
  })
}

// The long road: every level of belief by name.
function longRoad(keybound, vector) {
  const believed = trust(keybound, vector.trust)
  return repeated(vector, keybound, at => {
    const call = callOf(keybound, vector)
    const chain = keybound.Chain.parse(bytes(vector.chain)).verify(believed, at)
    return chain.authorize(call, keybound.Proof.parse(bytes(vector.proof)), at)
  })
}

// A presentation as it came.
function presented(keybound, vector) {
  const believed = trust(keybound, vector.trust)
  return repeated(vector, keybound, at => {
    const call = callOf(keybound, vector)
    const { chain, proof } = keybound.Presentation.parse(vector.presentation)
    return chain.verify(believed, at).authorize(call, proof, at)
  })
}

// The same, taken apart and put together again.
function presentedAgain(keybound, vector) {
  const believed = trust(keybound, vector.trust)
  return repeated(vector, keybound, at => {
    const call = callOf(keybound, vector)
    const read = keybound.Presentation.parse(vector.presentation)
    const made = JSON.stringify(new keybound.Presentation(read.chain, read.proof))
    const { chain, proof } = keybound.Presentation.parse(made)
    return chain.verify(believed, at).authorize(call, proof, at)
  })
}

// Only the last of several times may be refused.
async function repeated(vector, keybound, decide) {
  const at = { now: vector.now }
  for (let earlier = 1; earlier < (vector.times ?? 1); earlier += 1) {
    const outcome = await outcomeOf(keybound, () => decide(at))
    if (outcome.code !== 'ok') throw new Error(`call ${earlier} was refused: ${outcome.code}`)
  }
  const permit = await decide(at)
  const { agent, principal, task, tool, audience, expires, lineage } = permit
  return { agent, principal, task, tool, audience, expires, depth: lineage.length - 1 }
}

function issue(keybound, vector) {
  const key = keybound.SigningKey.fromSeed(bytes(vector.key))
  const given = present({ format: vector.format, ...grant(keybound, vector) })
  return { result: hex(keybound.Chain.issue(key, { issuer: vector.issuer, audience: [], ...given }).toBytes()) }
}

function delegate(keybound, vector) {
  const key = keybound.SigningKey.fromSeed(bytes(vector.key))
  const parent = keybound.Chain.parse(bytes(vector.chain))
  return { result: hex(parent.delegate(key, grant(keybound, vector)).toBytes()) }
}

function grant(keybound, vector) {
  return present({
    to: new keybound.PublicKey(bytes(vector.to)),
    tools: vector.tools,
    audience: vector.audience,
    principal: vector.principal,
    agent: vector.agent,
    task: vector.task,
    ttl: vector.ttl,
    notBefore: vector.not_before,
    maxDepth: vector.max_depth,
    tokenId: vector.token_id && bytes(vector.token_id),
    now: vector.now,
  })
}

function prove(keybound, vector) {
  const key = keybound.SigningKey.fromSeed(bytes(vector.key))
  const chain = keybound.Chain.parse(bytes(vector.chain))
  const more = present({ now: vector.now, proofId: vector.proof_id && bytes(vector.proof_id) })
  return { result: hex(keybound.Proof.sign(key, chain, request(keybound, vector.request), more).toBytes()) }
}

function agentId(keybound, vector) {
  return { text: keybound.AgentId.parse(vector.text).toString() }
}

function publicKey(keybound, vector) {
  return { thumbprint: new keybound.PublicKey(bytes(vector.bytes)).thumbprint }
}

function revocations(keybound, vector) {
  const feed = feedOf(keybound, vector.feed)
  feed.apply(bytes(vector.bytes), { now: vector.now })
  const { seq, entries, expires } = feed
  return { seq, entries, expires }
}

// A feed with what it was given earlier, all of which must have been accepted.
function feedOf(keybound, { issuer, keys, limits, updates }) {
  const feed = new keybound.RevocationFeed(present({ issuer, key: keys.map(key => new keybound.PublicKey(bytes(key))), limits }))
  for (const { bytes: list, now } of updates ?? []) {
    try {
      feed.apply(bytes(list), { now })
    } catch (error) {
      throw new Error(`an earlier list was refused: ${error.code}`)
    }
  }
  return feed
}

function request(keybound, { tool, arguments: json, audience, http, nonce }) {
  const { method, uri, body } = http ?? {}
  return new keybound.Request(present({
    tool,
    arguments: json,
    audience,
    method,
    uri,
    body: body === undefined || body === null ? undefined : bytes(body),
    nonce: nonce === undefined || nonce === null ? undefined : bytes(nonce),
  }))
}

function trust(keybound, given) {
  const anchors = {}
  for (const { issuer, key } of given.anchors) (anchors[issuer] ??= []).push(new keybound.PublicKey(bytes(key)))
  return new keybound.Trust(present({
    anchors,
    audience: given.audience,
    limits: given.limits,
    revoked: given.revoked?.map(bytes),
    revocation: given.revocation?.map(feed => feedOf(keybound, feed)),
    replayCapacity: given.replay_capacity,
    identity: given.identity,
    audienceRequired: given.audience_required,
    proofAudienceRequired: given.proof_audience_required,
  }))
}
