// The package under test: KEYBOUND_PACKAGE=node or wasm, as built.

import { createRequire } from 'node:module'

/** `node` or `wasm`. */
export const name = process.env.KEYBOUND_PACKAGE ?? 'node'

const folder = new URL(`../../../${name}/`, import.meta.url)

/** What `import` gives. */
export const keybound = await import(new URL('dist/index.js', folder))

/** What `require` gives, by the package's own exports. */
export function required() {
  return createRequire(new URL('package.json', folder))(name === 'node' ? 'keybound' : 'keybound-wasm')
}
