// `node start.mjs <page.js>`: builds a page with Vite as its author would and opens it in Chromium.

import { mkdirSync, writeFileSync } from 'node:fs'
import puppeteer from 'puppeteer-core'
import { build, preview } from 'vite'
import { vectorFiles } from '../../../bindings/js/vectors/files.mjs'

const page = process.argv[2]
const config = {
  configFile: false,
  logLevel: 'warn',
  // index.html loads /entry.js: the page that was asked for.
  resolve: { alias: { '/entry.js': new URL(page, import.meta.url).pathname, 'keybound-wasm': installed() } },
  build: { outDir: 'build', emptyOutDir: true, target: 'esnext' },
}
await build(config)
mkdirSync('build', { recursive: true })
writeFileSync('build/vectors.json', JSON.stringify(vectorFiles()))

const server = await preview({ ...config, preview: { port: 0, host: '127.0.0.1' } })
const browser = await puppeteer.launch({
  executablePath: process.env.CHROMIUM,
  args: ['--no-sandbox', '--disable-gpu', '--disable-background-networking', '--disable-component-update', '--disable-sync', '--no-first-run'],
})
try {
  const tab = await browser.newPage()
  tab.on('pageerror', error => console.error(error.message))
  await tab.goto(server.resolvedUrls.local[0])
  await tab.waitForFunction('document.body.textContent.trim() !== ""', { timeout: 60_000 })
  const text = await tab.evaluate('document.body.textContent.trim()')
  console.log(text)
  process.exitCode = text.includes(' failed') ? 1 : 0
} finally {
  await browser.close()
  await server.close()
}

// The vector runner lies outside this project, so its import is told where the package is.
function installed() {
  return new URL('node_modules/keybound-wasm/dist/index.js', import.meta.url).pathname
}
