// Says what the modules weigh; with --check it fails when one is over its budget.

import { existsSync, readFileSync } from 'node:fs'
import { brotliCompressSync, gzipSync } from 'node:zlib'

// docs/decisions/0007-wasm-size.md. The second is measured and not shipped.
const MODULES = [
  { name: 'both encodings and DPoP', path: '../dist/keybound.wasm', budget: 170_000 },
  { name: 'native alone', path: '../build/native/keybound_wasm_bg.wasm', budget: 120_000 },
]

const check = process.argv.includes('--check')
const lines = MODULES.flatMap(({ name, path, budget }) => {
  const file = new URL(path, import.meta.url)
  if (!existsSync(file) && !check) return []
  const module = readFileSync(file)
  const gzip = gzipSync(module, { level: 9 }).length
  if (check && gzip > budget) {
    console.error(`the module of ${name} has grown beyond its budget`)
    process.exitCode = 1
  }
  return [`${name} ${gzip} of ${budget} bytes gzip, ${brotliCompressSync(module).length} brotli, ${module.length} raw`]
})
console.log(lines.join('; '))
