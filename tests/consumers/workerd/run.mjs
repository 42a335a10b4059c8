import { build } from 'esbuild'
import { Miniflare } from 'miniflare'
import { vectorFiles } from '../../../bindings/js/vectors/files.mjs'

const worker = process.argv[2]
await build({
  entryPoints: [worker],
  outdir: 'build',
  bundle: true,
  format: 'esm',
  conditions: ['workerd'],
  nodePaths: ['node_modules'],
  loader: { '.wasm': 'copy' },
})
const miniflare = new Miniflare({
  modules: true,
  rootPath: 'build',
  scriptPath: worker,
  modulesRules: [
    { type: 'ESModule', include: ['**/*.js'] },
    { type: 'CompiledWasm', include: ['**/*.wasm'] },
  ],
  compatibilityDate: '2026-07-01',
  cf: false,
})
try {
  const body = JSON.stringify(vectorFiles())
  const answer = await miniflare.dispatchFetch('http://guard.example/', { method: 'POST', body })
  const text = await answer.text()
  console.log(text)
  process.exitCode = answer.ok && !text.includes(' failed') ? 0 : 1
} finally {
  await miniflare.dispose()
}
