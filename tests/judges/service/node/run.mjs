// `node tests/judges/service/node/run.mjs`: an OAuth client we did not write, before the real binary; a count as the last line.

import { mkdtempSync, readFileSync, readdirSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { run } from 'node:test'
import { fileURLToPath } from 'node:url'
import { start } from './service.mjs'

const here = fileURLToPath(new URL('.', import.meta.url))
const files = readdirSync(here).filter(name => name.endsWith('.test.mjs')).sort()
const versionOf = name => JSON.parse(readFileSync(`${here}node_modules/${name}/package.json`)).version

const { world, stop } = await start()
const folder = mkdtempSync(join(tmpdir(), 'keybound-world-'))
const counts = new Map(files.map(file => [file, 0]))
const failures = []
try {
  process.env.KEYBOUND_WORLD = join(folder, 'world.json')
  writeFileSync(process.env.KEYBOUND_WORLD, JSON.stringify(world), { mode: 0o600 })
  for await (const { type, data } of run({ files: files.map(file => here + file), concurrency: 1, timeout: 120_000 })) {
    const isSkipped = data.skip !== undefined || data.todo !== undefined
    if (type === 'test:stderr' || type === 'test:stdout') process.stderr.write(data.message)
    if (type === 'test:fail') failures.push(`${data.name}\n${data.details.error.cause?.stack ?? data.details.error}`)
    if (type === 'test:pass' && isSkipped) failures.push(`${data.name} was skipped`)
    // A file is reported as a test too, under its path.
    const file = files.find(name => data.file === here + name)
    if (type === 'test:pass' && !isSkipped && file && !data.name.endsWith('.test.mjs')) counts.set(file, counts.get(file) + 1)
  }
} finally {
  await stop()
  rmSync(folder, { recursive: true, force: true })
}

for (const [file, count] of counts) {
  console.log(`${file.replace('.test.mjs', '').padEnd(16)} ${String(count).padStart(4)} passed`)
  if (count === 0) failures.push(`${file} tested nothing`)
}
for (const failure of failures) console.log(`\nfailed: ${failure}`)
const passed = [...counts.values()].reduce((sum, count) => sum + count)
const versions = `oauth4webapi ${versionOf('oauth4webapi')}, jose ${versionOf('jose')}, Node ${process.versions.node}`
console.log(`\n${passed} passed, ${failures.length} failed (node:test before the binary; ${versions})`)
process.exitCode = failures.length === 0 ? 0 : 1
