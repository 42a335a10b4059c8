// The call to be decided, and the proof that the holder made it.

import { bytes, isBytes, maybe, moment, options, text } from './check.js'
import { Chain } from './chain.js'
import { encode, isPlain } from './json.js'
import { SigningKey } from './key.js'
import { Handle, MAKER, ask, handle, native } from './native.js'

const REQUEST = ['tool', 'arguments', 'audience', 'method', 'uri', 'body', 'nonce']

/** One call: a tool, its arguments, whom it goes to and how it travels. */
export class Request extends Handle {
  static name = 'Request'

  constructor(call) {
    super(MAKER, makeRequest(options(call, REQUEST, 'Request')), Request)
  }
}

function makeRequest(call) {
  const tool = text(call.tool, 'tool')
  const input = jsonBytes(call.arguments, 'arguments')
  const audience = text(call.audience, 'audience')
  const method = maybe(call.method, text, 'method')
  const uri = maybe(call.uri, text, 'uri')
  const body = maybe(call.body, bytes, 'body')
  const nonce = maybe(call.nonce, bytes, 'nonce')
  return lender((...parts) => new native.Request(...parts), [tool, input, audience, method, uri, body, nonce])
}

/**
 * A function that lends the native request to its argument.
 *
 * An object in Wasm memory stays until it is given back, and not every edge runtime tells when
 * JavaScript has forgotten one. A guard makes a request per call, so a request there is given
 * back after its first use; whoever uses it again has it made again.
 */
export function lender(make, parts) {
  const first = ask(() => make(...parts))
  if (first.free === undefined) return use => use(first)
  const copies = parts.map(part => (isBytes(part) ? part.slice() : part))
  let kept = first
  return use => {
    const request = kept ?? make(...copies)
    kept = undefined
    try {
      return use(request)
    } finally {
      request.free()
    }
  }
}

const utf8 = new TextEncoder()

/** JSON text as it came, or the text of a plain object. */
export function jsonBytes(value, name) {
  if (typeof value === 'string') return utf8.encode(text(value, name))
  if (isBytes(value)) return bytes(value, name)
  if (isPlain(value)) return utf8.encode(encode(value, name))
  throw new TypeError(`${name} must be a plain object, or JSON text as a string or a Uint8Array`)
}

/** The leaf holder's signature over one call. */
export class Proof extends Handle {
  static name = 'Proof'

  static sign(key, chain, request, more) {
    const { now, proofId } = options(more, ['now', 'proofId'], 'Proof.sign')
    const signer = handle(key, SigningKey, 'key')
    const tokens = handle(chain, Chain, 'chain')
    const lend = handle(request, Request, 'request')
    const id = maybe(proofId, bytes, 'proofId', 16)
    const at = moment(now)
    return new Proof(MAKER, ask(() => lend(call => native.Proof.sign(signer, tokens, call, id, at))))
  }

  static parse(data) {
    const checked = bytes(data, 'bytes')
    return new Proof(MAKER, ask(() => native.Proof.parse(checked)))
  }

  toBytes() {
    return handle(this, Proof, 'this').toBytes()
  }
}

/** A chain of AAT-02 with its proof, which must not be parted. */
export class Presentation extends Handle {
  static name = 'Presentation'

  constructor(...parts) {
    super(MAKER, parts[0] === MAKER ? parts[1] : present(...parts), Presentation)
  }

  static parse(json) {
    const checked = jsonBytes(json, 'json')
    return new Presentation(MAKER, ask(() => native.Presentation.parse(checked)))
  }

  get chain() {
    return new Chain(MAKER, handle(this, Presentation, 'this').chain())
  }

  get proof() {
    return new Proof(MAKER, handle(this, Presentation, 'this').proof())
  }

  toJSON() {
    return JSON.parse(handle(this, Presentation, 'this').toJson())
  }
}

function present(chain, proof) {
  const tokens = handle(chain, Chain, 'chain')
  const evidence = handle(proof, Proof, 'proof')
  return ask(() => native.Presentation.of(tokens, evidence))
}
