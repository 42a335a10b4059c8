// Starts workerd, hands it the cases from stdin, writes its answers to stdout.

import { readFileSync } from 'node:fs'
import { Miniflare } from 'miniflare'

const miniflare = new Miniflare({ modules: true, scriptPath: 'worker.js', compatibilityDate: '2026-07-01', cf: false })
try {
  const answer = await miniflare.dispatchFetch('http://judge.example/', { method: 'POST', body: readFileSync(0, 'utf8') })
  if (!answer.ok) throw new Error(await answer.text())
  process.stdout.write(await answer.text())
} finally {
  await miniflare.dispose()
}
