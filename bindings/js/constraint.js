// Plain objects in the shape a token carries. The core judges them; these only save typing.

import { options } from './check.js'

const plain = (constraint_type, members) => ({ constraint_type, ...members })

/** Values given one by one. A list in one piece would be a single value, and as an exclusion exclude nothing. */
function each(values, name) {
  if (values.length === 1 && Array.isArray(values[0])) throw new TypeError(`${name} takes its values one by one: ${name}(...list)`)
  return values
}

const BOUNDS = { min: 'min', max: 'max', minInclusive: 'min_inclusive', maxInclusive: 'max_inclusive' }

/** Constraints on one argument of a tool. */
export const constraint = Object.freeze({
  /** Equal to `value`: a string, number, boolean or null. */
  exact: value => plain('exact', { value }),

  /** A number within the bounds given. */
  range(bounds) {
    const given = options(bounds, Object.keys(BOUNDS), 'range')
    return plain('range', Object.fromEntries(Object.entries(given).map(([name, value]) => [BOUNDS[name], value])))
  },

  /** Equal to one of `values`. */
  oneOf: (...values) => plain('one_of', { values: each(values, 'oneOf') }),

  /** Equal to none of `excluded`. */
  notOneOf: (...excluded) => plain('not_one_of', { excluded: each(excluded, 'notOneOf') }),

  /** An array that has every one of `required`. */
  contains: (...required) => plain('contains', { required: each(required, 'contains') }),

  /** An array that has nothing but `allowed`. */
  subset: (...allowed) => plain('subset', { allowed: each(allowed, 'subset') }),

  /** Any value. */
  wildcard: () => plain('wildcard'),

  /** Accepted by every one of `constraints`. */
  all: (...constraints) => plain('all', { constraints }),

  /** Accepted by at least one of `constraints`. */
  any: (...constraints) => plain('any', { constraints }),

  /** The same constraint on an argument that may be left out. */
  optional: constraint => ({ ...constraint, optional: true }),
})
