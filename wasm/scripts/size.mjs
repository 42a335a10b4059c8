// Says what the module weighs; with --check it fails when that has grown.

import { readFileSync } from 'node:fs'
import { brotliCompressSync, gzipSync } from 'node:zlib'

// Where we want to be with the native encoding alone (docs/decisions/0007-wasm-size.md), and where we are: it may only fall.
const TARGET = 120_000
const CEILING = 136_000

const module = readFileSync(new URL('../dist/keybound.wasm', import.meta.url))
const gzip = gzipSync(module, { level: 9 }).length
const brotli = brotliCompressSync(module).length
console.log(`${module.length} bytes raw, ${gzip} gzip, ${brotli} brotli; the target is ${TARGET} gzip`)
if (process.argv.includes('--check') && gzip > CEILING) {
  console.error(`the module has grown beyond ${CEILING} bytes`)
  process.exitCode = 1
}
