'use strict'

// Loads the addon: the one built here, or the one in the platform's own package.

const { platform } = require('./platform.cjs')

const name = platform()

function load() {
  try {
    return require(`../keybound.${name}.node`)
  } catch (error) {
    if (error.code !== 'MODULE_NOT_FOUND') throw error
  }
  try {
    return require(`keybound-${name}`)
  } catch (cause) {
    const advice = 'install keybound-wasm, which runs everywhere'
    throw new Error(`keybound has no addon for ${name}: ${advice}`, { cause })
  }
}

module.exports = load()
