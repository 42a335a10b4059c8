/**
 * Runs the worker in workerd on a free loopback port until standard input closes. The first line there is its
 * configuration, since it holds a key: one object of JSON, see `Env` in worker.js.
 *
 * Prints one line of JSON, `{"url": "http://127.0.0.1:<port>/"}`, once it answers.
 */
import { basename, join } from 'node:path'
import { createInterface } from 'node:readline'
import { build } from 'esbuild'
import { Miniflare } from 'miniflare'

const lines = createInterface({ input: process.stdin })[Symbol.asyncIterator]()
const bindings = JSON.parse((await lines.next()).value)

const worker = new Miniflare({
  modules: await bundle(join(import.meta.dirname, 'src/worker.js')),
  bindings,
  compatibilityDate: '2026-04-01',
  host: '127.0.0.1',
  port: 0,
  cf: false,
})
try {
  console.log(JSON.stringify({ url: String(await worker.ready) }))
  while (!(await lines.next()).done);
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
