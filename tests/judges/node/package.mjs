// The package under test, as built: `node` unless KEYBOUND_PACKAGE says `wasm`.

export { keybound, name } from '../../../bindings/js/tests/package.mjs'
