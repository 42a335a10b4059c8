// Puts wasm/dist together from wasm/build: one module, three ways of loading it.
//
//   index.js     the module as text inside the file: works wherever WebAssembly does
//   workerd.js   the module imported as a module: the edge refuses to compile at run time
//   index.cjs    index.js in one CommonJS file, for a `require` that cannot take ES modules

import { cp, readFile, writeFile } from 'node:fs/promises'
import { build } from 'esbuild'
import { copySurface, publicNames } from '../../bindings/js/scripts/copy-surface.mjs'

const root = new URL('../', import.meta.url)
const dist = new URL('dist/', root)
const names = await publicNames()
const surface = `export { ${names.join(', ')} } from './surface.js'\n`

await copySurface(dist)
await cp(new URL('build/keybound_wasm.js', root), new URL('glue.js', dist))
await cp(new URL('build/keybound_wasm_bg.wasm', root), new URL('keybound.wasm', dist))

const module = await readFile(new URL('keybound.wasm', dist))
await write('inline.js', `export default '${module.toString('base64')}'\n`)
await write('index.js', `import * as native from './glue.js'
import module from './inline.js'
import { bind } from './surface.js'

native.initSync({ module: decode(module) })
bind(native)

// The engine's own decoder where it has one: a loop over this much text is what an import would take longest for.
function decode(text) {
  if (Uint8Array.fromBase64) return Uint8Array.fromBase64(text)
  if (globalThis.Buffer) return globalThis.Buffer.from(text, 'base64')
  const characters = atob(text)
  const bytes = new Uint8Array(characters.length)
  for (let index = 0; index < bytes.length; index += 1) bytes[index] = characters.charCodeAt(index)
  return bytes
}

${surface}`)
await write('workerd.js', `import * as native from './glue.js'
import module from './keybound.wasm'
import { bind } from './surface.js'

native.initSync({ module })
bind(native)

${surface}`)
await build({
  entryPoints: [new URL('index.js', dist).pathname],
  outfile: new URL('index.cjs', dist).pathname,
  bundle: true,
  format: 'cjs',
  platform: 'neutral',
  target: 'es2022',
})

function write(name, text) {
  return writeFile(new URL(name, dist), text)
}
