// A JSON encoder that never changes a value.
//
// JSON.stringify turns NaN into null, drops undefined members and calls toJSON. What is
// signed must be what the caller wrote, so everything JSON cannot say is a TypeError here.

// The engine's own stack ends at a few thousand levels; end before it, with a plain error.
const NESTING = 1000

// A list that holds the same list twice, thirty times over, would be written a billion times. No call has more items than this.
const ITEMS = 0x4_0000

/** The JSON text of `value`; `name` is the parameter an error names. */
export function encode(value, name) {
  return write(value, name, { above: [], left: ITEMS })
}

/** Whether it is an object written as `{}`, of whichever realm. */
export function isPlain(value) {
  if (typeof value !== 'object' || value === null || Array.isArray(value)) return false
  const prototype = Object.getPrototypeOf(value)
  return prototype === null || (Object.getPrototypeOf(prototype) === null && Object.hasOwn(prototype, 'isPrototypeOf'))
}

function write(value, path, walk) {
  walk.left -= 1
  if (walk.left < 0) throw new TypeError(`${path} has more items than a call may have`)
  switch (typeof value) {
    case 'string':
      return JSON.stringify(value)
    case 'boolean':
      return value ? 'true' : 'false'
    case 'number':
      if (Number.isFinite(value)) return JSON.stringify(value)
      throw new TypeError(`${path} is ${value}, which JSON cannot hold`)
    case 'object':
      return value === null ? 'null' : nested(value, path, walk)
    case 'bigint':
      throw new TypeError(`${path} is a bigint, which JSON cannot hold: pass a string`)
    default:
      throw new TypeError(`${path} is ${typeof value === 'undefined' ? 'undefined' : `a ${typeof value}`}, which JSON cannot hold`)
  }
}

function nested(value, path, walk) {
  const { above } = walk
  if (above.includes(value)) throw new TypeError(`${path} contains itself`)
  if (above.length === NESTING) throw new TypeError(`${path} is nested too deeply`)
  above.push(value)
  const written = Array.isArray(value) ? array(value, path, walk) : object(value, path, walk)
  above.pop()
  return written
}

function array(value, path, walk) {
  if (Object.keys(value).length > value.length) throw new TypeError(`${path} is an array with named members`)
  const items = []
  for (let index = 0; index < value.length; index += 1) items.push(write(value[index], `${path}[${index}]`, walk))
  return `[${items.join(',')}]`
}

function object(value, path, walk) {
  if (!isPlain(value)) throw new TypeError(`${path} must be a plain object`)
  if (Object.getOwnPropertySymbols(value).length > 0) throw new TypeError(`${path} has a symbol for a member name`)
  const members = Object.keys(value).map(key => {
    // JSON.stringify escapes a lone surrogate, so the core sees it and refuses it.
    return `${JSON.stringify(key)}:${write(value[key], `${path}.${key}`, walk)}`
  })
  return `{${members.join(',')}}`
}
