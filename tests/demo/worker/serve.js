/**
 * Runs the worker in workerd on a free loopback port until standard input closes.
 *
 *     node serve.js <issuer> <issuer's public key, base64url> <audience>
 *
 * Prints one line of JSON, `{"url": "http://127.0.0.1:<port>/"}`, once it answers.
 */
import { basename, join } from 'node:path'
import { once } from 'node:events'
import { build } from 'esbuild'
import { Miniflare } from 'miniflare'

const [ISSUER, ISSUER_KEY, AUDIENCE] = process.argv.slice(2)

const worker = new Miniflare({
  modules: await bundle(join(import.meta.dirname, 'src/worker.js')),
  bindings: { ISSUER, ISSUER_KEY, AUDIENCE },
  compatibilityDate: '2026-04-01',
  host: '127.0.0.1',
  port: 0,
  cf: false,
})
try {
  console.log(JSON.stringify({ url: String(await worker.ready) }))
  process.stdin.resume()
  await once(process.stdin, 'end')
} finally {
  await worker.dispose()
}

/** As a deployment would: one script, the Wasm module beside it, resolved under the condition `workerd`. */
async function bundle(entry) {
  const { outputFiles } = await build({
    entryPoints: [entry],
    bundle: true,
    format: 'esm',
    conditions: ['workerd', 'worker'],
    loader: { '.wasm': 'copy' },
    outdir: 'out',
    write: false,
    logLevel: 'error',
  })
  const typeOf = (path) => (path.endsWith('.wasm') ? 'CompiledWasm' : 'ESModule')
  const modules = outputFiles.map(({ path, contents }) => ({ type: typeOf(path), path: basename(path), contents }))
  return modules.sort((a) => (a.type === 'ESModule' ? -1 : 1))
}
