// `node tests/judges/node/run.mjs`: every judge before both packages, the matrix of who judged what, a count as the last line.

import { readFileSync, readdirSync } from 'node:fs'
import { run } from 'node:test'
import { fileURLToPath } from 'node:url'
import { MARK } from './bench.mjs'

const here = fileURLToPath(new URL('.', import.meta.url))
const files = readdirSync(here).filter(name => name.endsWith('.test.mjs')).sort()
const packages = ['node', 'wasm']

const versionOf = name => JSON.parse(readFileSync(`${here}node_modules/${name}/package.json`)).version

/** What each judge is. */
const JUDGES = {
  jose: `jose ${versionOf('jose')}`,
  dpop: `dpop ${versionOf('dpop')}`,
  'noble-strict': `@noble/curves ${versionOf('@noble/curves')}`,
  'noble-default': `@noble/curves ${versionOf('@noble/curves')}`,
  'node-webcrypto': `Node ${process.versions.node}`,
  'workerd-webcrypto': `workerd ${versionOf('workerd')}`,
}

/** The tests of one package: those that passed, what failed, and what was judged. */
async function judge(name) {
  process.env.KEYBOUND_PACKAGE = name
  const seen = { passed: 0, failures: [], rows: [] }
  for await (const { type, data } of run({ files: files.map(file => here + file), concurrency: 1 })) {
    const isSkipped = data.skip !== undefined || data.todo !== undefined
    if (type === 'test:stderr') process.stderr.write(data.message)
    if (type === 'test:fail') seen.failures.push(`${name}: ${data.name}\n${data.details.error.cause?.stack ?? data.details.error}`)
    if (type === 'test:pass' && isSkipped) seen.failures.push(`${name}: ${data.name} was skipped`)
    if (type === 'test:pass' && !isSkipped) seen.passed += 1
    if (type === 'test:diagnostic' && data.message.startsWith(MARK)) {
      seen.rows.push(JSON.parse(data.message.slice(MARK.length)))
    }
  }
  const idle = files.filter(file => !seen.rows.some(row => row.file === file))
  seen.failures.push(...idle.map(file => `${name}: ${file} judged nothing`))
  return seen
}

function line({ judge, direction, object, accepted, refused }) {
  const counts = `${String(accepted).padStart(5)} accepted ${String(refused).padStart(5)} refused`
  return `${judge.padEnd(42)} ${direction.padEnd(11)} ${object.padEnd(34)} ${counts}`
}

/** One line per judge, direction and object. */
function matrix(rows) {
  const lines = new Map()
  for (const { judge, direction, object, accepted, refused } of rows) {
    const key = [JUDGES[judge], judge, direction, object].join('\0')
    const sum = lines.get(key) ?? { judge: `${judge} (${JUDGES[judge]})`, direction, object, accepted: 0, refused: 0 }
    lines.set(key, { ...sum, accepted: sum.accepted + accepted, refused: sum.refused + refused })
  }
  return [...lines.values()].map(line).sort()
}

const seen = []
for (const name of packages) seen.push(await judge(name))
const [first, ...others] = seen.map(({ rows }) => matrix(rows))
console.log(first.join('\n'))
const failures = seen.flatMap(({ failures }) => failures)
if (others.some(lines => lines.join() !== first.join())) failures.push('the packages were not judged alike')
for (const failure of failures) console.log(`\nfailed: ${failure}`)

const counts = seen.map(({ passed }) => passed)
const versions = [...new Set(Object.values(JUDGES))].join(', ')
const isEven = new Set(counts).size === 1
const each = isEven ? `${counts[0]} node:test × ${packages.length} packages` : `${counts.join(' and ')} node:test`
console.log(`\n${counts.reduce((sum, count) => sum + count)} passed, ${failures.length} failed (${each}; ${versions})`)
process.exitCode = failures.length === 0 ? 0 : 1
