// Says what the module weighs; with --check it fails when that is over the budget.

import { readFileSync } from 'node:fs'
import { brotliCompressSync, gzipSync } from 'node:zlib'

// Native encoding alone: verify, prove and delegate (docs/decisions/0007-wasm-size.md).
const BUDGET = 120_000

const module = readFileSync(new URL('../dist/keybound.wasm', import.meta.url))
const gzip = gzipSync(module, { level: 9 }).length
const brotli = brotliCompressSync(module).length
console.log(`${module.length} bytes raw, ${gzip} gzip, ${brotli} brotli; the budget is ${BUDGET} gzip`)
if (process.argv.includes('--check') && gzip > BUDGET) {
  console.error(`the module has grown beyond its budget`)
  process.exitCode = 1
}
