// Keys and the names of agents.

import { bytes, text } from './check.js'
import { encode, isPlain } from './json.js'
import { Handle, MAKER, ask, handle, native } from './native.js'

/** A private key. It cannot be read back. */
export class SigningKey extends Handle {
  static name = 'SigningKey'

  static generate() {
    return new SigningKey(MAKER, ask(() => native.SigningKey.generate()))
  }

  static fromSeed(seed) {
    bytes(seed, 'seed', 32)
    return new SigningKey(MAKER, ask(() => native.SigningKey.fromSeed(seed)))
  }

  get publicKey() {
    return new PublicKey(MAKER, handle(this, SigningKey, 'this').publicKey())
  }
}

/** A public key. */
export class PublicKey extends Handle {
  static name = 'PublicKey'

  constructor(...key) {
    super(MAKER, key[0] === MAKER ? key[1] : parseKey(key[0]), PublicKey)
  }

  static fromJwk(jwk) {
    const checked = isPlain(jwk) ? encode(jwk, 'jwk') : text(jwk, 'jwk')
    return new PublicKey(MAKER, ask(() => native.PublicKey.fromJwk(checked)))
  }

  toBytes() {
    return handle(this, PublicKey, 'this').toBytes()
  }

  toJwk() {
    return JSON.parse(handle(this, PublicKey, 'this').toJwk())
  }

  get jwkThumbprint() {
    return handle(this, PublicKey, 'this').jwkThumbprint()
  }

  get thumbprint() {
    return handle(this, PublicKey, 'this').thumbprint()
  }

  equals(other) {
    return other instanceof PublicKey && other.thumbprint === this.thumbprint
  }
}

function parseKey(key) {
  const checked = bytes(key, 'bytes')
  return ask(() => native.PublicKey.fromBytes(checked))
}

/** The name of one running agent. */
export class AgentId {
  static name = 'AgentId'

  #text

  constructor(id) {
    const checked = text(id, 'id')
    const parsed = ask(() => native.AgentId.parse(checked))
    this.#text = checked
    this.trustDomain = parsed.trustDomain()
    this.orchestrator = parsed.orchestrator()
    this.task = parsed.task()
    this.instance = parsed.instance()
    Object.freeze(this)
  }

  static parse(id) {
    return new AgentId(id)
  }

  toString() {
    return this.#text
  }

  toJSON() {
    return this.#text
  }
}

/** An agent id as its text. */
export function agentText(value, name) {
  if (value instanceof AgentId) return value.toString()
  if (typeof value !== 'string') throw new TypeError(`${name} must be an AgentId or a string`)
  return text(value, name)
}
