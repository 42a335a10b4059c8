// A service of lists on the loopback, which serves what a test puts in, and the signed lists of the conformance vectors.

import { readFile } from 'node:fs/promises'
import { createServer } from 'node:http'
import { once } from 'node:events'
import { bytes } from '../vectors/bytes.mjs'
import { keybound } from './package.mjs'

const { PublicKey, Refusal, Request, RevocationFeed, Trust, Verifier } = keybound
const file = new URL('../../../tests/vectors/revocation_feed.json', import.meta.url)
const vectors = new Map(JSON.parse(await readFile(file, 'utf8')).vectors.map(vector => [vector.name, vector]))
const call = vectors.get('delta_revokes_the_leaf')
const [members] = call.trust.revocation

export const NOW = call.now

/** A list that lets the call pass, and a delta to it that revokes the leaf. */
export const [WHOLE, DELTA] = members.updates.map(update => bytes(update.bytes))

/** The last second of WHOLE. */
export const END = NOW + 28

/** What a vector of the operation `revocations` tries to apply. */
export const listed = name => bytes(vectors.get(name).bytes)

export const keys = members.keys.map(key => new PublicKey(bytes(key)))

export const feed = more => new RevocationFeed({ issuer: members.issuer, key: keys, ...more })

/** `ok`, or the code. A trust of its own each time: the proof is always the same one. */
export function decide(revocation, now = NOW) {
  const anchors = Object.fromEntries(call.trust.anchors.map(({ issuer, key }) => [issuer, new PublicKey(bytes(key))]))
  const verifier = new Verifier(new Trust({ anchors, audience: call.trust.audience, revocation }))
  try {
    verifier.authorize(bytes(call.chain), bytes(call.proof), new Request(call.request), { now })
    return 'ok'
  } catch (error) {
    if (error instanceof Refusal) return error.code
    throw error
  }
}

/** `answers` maps `since` to a status and a body; what has none gets the whole list. `send` speaks to the open streams. */
export async function service(t) {
  const asked = []
  const answers = { '': [200, WHOLE] }
  const streams = new Set()
  const server = createServer((request, response) => {
    asked.push(request.url)
    const url = new URL(request.url, 'http://localhost')
    if (url.pathname === '/lists/stream') {
      response.writeHead(200, { 'content-type': 'text/event-stream' })
      response.write(': hello\n\nevent: other\ndata: AAAA\n\n')
      streams.add(response)
      response.on('close', () => streams.delete(response))
      return
    }
    const [status, body] = answers[url.searchParams.get('since') ?? ''] ?? answers['']
    response.writeHead(status, { 'content-type': 'application/keybound-revocations+cose', ...(status === 302 && { location: '/lists' }) })
    response.end(body)
  })
  server.listen(0, '127.0.0.1')
  await once(server, 'listening')
  async function stop() {
    server.closeAllConnections()
    server.close()
  }
  t.after(stop)
  return {
    url: `http://127.0.0.1:${server.address().port}/lists`,
    asked,
    answers,
    streams,
    stop,
    // In pieces: a line need not arrive in one.
    async send(update) {
      const text = `id: 8\r\nevent: revocations\r\ndata: ${Buffer.from(update).toString('base64url')}\r\n\r\n`
      for (let place = 0; place < text.length; place += 100) {
        for (const stream of streams) stream.write(text.slice(place, place + 100))
        await new Promise(resolve => setTimeout(resolve, 2))
      }
    },
  }
}

/** Whether it holds, now or a little later. */
export async function soon(holds) {
  const end = Date.now() + 5000
  while (!holds() && Date.now() < end) await new Promise(resolve => setTimeout(resolve, 5))
  return holds()
}
