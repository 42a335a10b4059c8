// What a refusal looks like in JavaScript: one base class, one class per family.

/** An answer of no. Catch this class for all three families. */
export class Refusal extends Error {
  static name = 'Refusal'

  constructor(reason) {
    super(reason.message)
    this.code = reason.code
    this.family = reason.family
    this.link = reason.link
    this.tool = reason.tool
    this.argument = reason.argument
    this.limit = reason.limit
    this.step = reason.step
    this.expected = reason.expected
    this.received = reason.received
    this.fix = reason.fix
  }

  get name() {
    return this.constructor.name
  }
}

/** The bytes are not a token, a chain, a proof, a key or a request. */
export class Malformed extends Refusal {
  static name = 'Malformed'
}

/** Well-formed, but not to be believed: signature, anchor, time, linkage, proof. */
export class Untrusted extends Refusal {
  static name = 'Untrusted'
}

/** Believed, and the answer is no: this call is outside what was granted. */
export class Denied extends Refusal {
  static name = 'Denied'
}

const MARK = 'keybound:'
const FAMILIES = { malformed: Malformed, untrusted: Untrusted, denied: Denied }

/** The refusal a native module threw, or `error` itself when it is something else. */
export function refuse(error) {
  // The addon throws an Error whose message is the reason, the Wasm module the reason itself.
  const text = typeof error === 'string' ? error : error?.message
  if (typeof text !== 'string' || !text.startsWith(MARK)) return error
  const reason = JSON.parse(text.slice(MARK.length))
  if (reason.misuse !== undefined) return new TypeError(reason.misuse)
  if (reason.host !== undefined) return new Error(reason.host)
  return new FAMILIES[reason.family](reason)
}
