// Puts node/dist together: one CommonJS file that holds the surface, and an ES module that
// hands on the same objects, so that `import` and `require` in one process meet the same classes.

import { readFile, writeFile, mkdir, cp } from 'node:fs/promises'
import { createRequire } from 'node:module'
import { build } from 'esbuild'
import { copySurface, publicNames } from '../../bindings/js/scripts/copy-surface.mjs'

const require = createRequire(import.meta.url)
const root = new URL('../', import.meta.url)
const dist = new URL('dist/', root)

const names = await publicNames()
await copySurface(dist)
await build({
  stdin: {
    contents: `import native from '../lib/native.cjs'
import { bind } from './surface.js'
bind(native)
export { ${names.join(', ')} } from './surface.js'`,
    resolveDir: dist.pathname,
  },
  outfile: new URL('index.cjs', dist).pathname,
  bundle: true,
  format: 'cjs',
  platform: 'node',
  target: 'node20',
  external: ['../lib/native.cjs'],
})
await writeFile(
  new URL('index.js', dist),
  `import keybound from './index.cjs'\n\nexport const { ${names.join(', ')} } = keybound\n`,
)
await platformPackage()

/** The package that carries the addon of this machine's platform, beside the main one. */
async function platformPackage() {
  const { platform } = require('../lib/platform.cjs')
  const main = JSON.parse(await readFile(new URL('package.json', root), 'utf8'))
  const [os, cpu, libc] = platform().split('-')
  const file = `keybound.${platform()}.node`
  const folder = new URL(`npm/${platform()}/`, root)
  const manifest = {
    name: `keybound-${platform()}`,
    version: main.version,
    description: `The addon of keybound for ${platform()}`,
    license: main.license,
    os: [os],
    cpu: [cpu],
    ...(os === 'linux' && { libc: [libc === 'gnu' ? 'glibc' : libc] }),
    main: file,
    files: [file],
    engines: main.engines,
  }
  await mkdir(folder, { recursive: true })
  await writeFile(new URL('package.json', folder), `${JSON.stringify(manifest, null, 2)}\n`)
  await cp(new URL(file, root), new URL(file, folder))
}
