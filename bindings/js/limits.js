// Limits by name.

import { count } from './check.js'
import { isPlain } from './json.js'

/** Names and numbers; which names there are is for the core to say. */
export function limitPairs(limits) {
  if (limits === undefined) return []
  if (!isPlain(limits)) throw new TypeError('limits must be an object of limit names and numbers')
  return Object.entries(limits).map(([name, value]) => [name, count(value, `limits.${name}`)])
}
