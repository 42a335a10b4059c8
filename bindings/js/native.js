// The native half of the package, and the objects that stand for it.
//
// A package's entry file calls `bind` once with the classes of its native module: the Node
// addon and the Wasm module offer the same names and signatures. Nothing here knows which.

import { refuse } from './refusal.js'

/** The native classes. Set once, before a user can call anything. */
export let native

/** Joins this surface to a native module. */
export function bind(module) {
  native = module
}

/** Makes a handle; `MAKER` is the proof that this package asked. */
export const MAKER = Symbol('maker')

/** The native object behind `value`, or a TypeError that names the parameter. */
export let handle

/**
 * A JavaScript object that stands for a native one and shows nothing of it. Classes spell out
 * their `name`: a minifier would change it, and with it what errors say.
 */
export class Handle {
  #class
  #native

  constructor(maker, object, Class = new.target) {
    if (maker !== MAKER) throw new TypeError(`${new.target.name} is not made with new`)
    this.#class = Class
    this.#native = object
  }

  static {
    // The class is compared, not the prototype: a prototype can be replaced from outside,
    // and a native method must never be handed an object of another kind.
    handle = (value, Class, name) => {
      if (typeof value === 'object' && value !== null && #class in value && value.#class === Class) return value.#native
      throw new TypeError(`${name} must be a ${Class.name}`)
    }
  }
}

/** Calls into the native module; a refusal comes out as the class of its family. */
export function ask(call) {
  try {
    return call()
  } catch (error) {
    throw refuse(error)
  }
}
