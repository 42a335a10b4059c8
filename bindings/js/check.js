// Is it of the right type? A wrong type is the caller's mistake, and an ordinary TypeError
// that names the parameter. What a value means is for the core to judge, never for this file.

/** The options object, when it has no member that the call does not know. */
export function options(value, names, call) {
  if (value === undefined) return {}
  if (typeof value !== 'object' || value === null || Array.isArray(value)) {
    throw new TypeError(`${call} takes its options as an object`)
  }
  // A misspelt option must not pass for an absent one: `revokd` would revoke nothing.
  // Nor may one that came out undefined: it was meant to narrow something.
  for (const name of Object.keys(value)) {
    if (!names.includes(name)) throw new TypeError(`${call} has no option ${JSON.stringify(name)}`)
    if (value[name] === undefined) throw new TypeError(`${name} is undefined: give it a value or leave it out`)
  }
  return value
}

/** A string that can be written as UTF-8 without loss. */
export function text(value, name) {
  if (typeof value !== 'string') throw new TypeError(`${name} must be a string`)
  if (!value.isWellFormed()) throw new TypeError(`${name} must not hold a lone surrogate`)
  return value
}

/** One string, or an array of them: as an array. */
export function texts(value, name) {
  if (Array.isArray(value)) return Array.from(value, (item, index) => text(item, `${name}[${index}]`))
  if (typeof value !== 'string') throw new TypeError(`${name} must be a string or an array of strings`)
  return [text(value, name)]
}

const kindOf = Object.getOwnPropertyDescriptor(Object.getPrototypeOf(Uint8Array.prototype), Symbol.toStringTag).get

/** Whether it is a Uint8Array (a Buffer is one), of whichever realm. */
export function isBytes(value) {
  return kindOf.call(value) === 'Uint8Array'
}

/** A Uint8Array, of `length` bytes if that is given. */
export function bytes(value, name, length) {
  if (!isBytes(value)) throw new TypeError(`${name} must be a Uint8Array`)
  if (length !== undefined && value.length !== length) {
    throw new TypeError(`${name} must be a Uint8Array of ${length} bytes`)
  }
  // Shared memory could change between the check and the use.
  const shared = typeof SharedArrayBuffer !== 'undefined' && value.buffer instanceof SharedArrayBuffer
  return shared ? Uint8Array.from(value) : value
}

/** A point in time or a span, in whole seconds. */
export function seconds(value, name) {
  if (Number.isSafeInteger(value) && value >= 0) return value
  throw new TypeError(`${name} must be a whole number of seconds, 0 or more`)
}

/** A whole number that fits 32 bits. */
export function count(value, name) {
  if (Number.isSafeInteger(value) && value >= 0 && value <= 0xffff_ffff) return value
  throw new TypeError(`${name} must be a whole number from 0 to 4294967295`)
}

/** A boolean. */
export function flag(value, name) {
  if (typeof value === 'boolean') return value
  throw new TypeError(`${name} must be a boolean`)
}

/** One of a few words. */
export function word(value, name, words) {
  if (words.includes(value)) return value
  throw new TypeError(`${name} must be ${words.map(word => `'${word}'`).join(' or ')}`)
}

/** `value` through `check`, or `undefined` when the option was left out. */
export function maybe(value, check, name, more) {
  return value === undefined ? undefined : check(value, name, more)
}

/** The time to decide at: as given, or the host's clock. */
export function moment(value) {
  return value === undefined ? Math.floor(Date.now() / 1000) : seconds(value, 'now')
}
