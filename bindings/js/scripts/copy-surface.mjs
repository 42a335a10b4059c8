// Copies the shared surface into a package's dist folder. Both packages call it; neither keeps a copy.

import { cp, mkdir, readFile, readdir, rm, writeFile } from 'node:fs/promises'

const source = new URL('../', import.meta.url)

/** Empties `dist` and puts the surface's modules and declarations there. */
export async function copySurface(dist) {
  await rm(dist, { recursive: true, force: true })
  await mkdir(dist, { recursive: true })
  for (const name of await readdir(source)) {
    if (name.endsWith('.js')) await cp(new URL(name, source), new URL(name, dist))
  }
  const declarations = await readFile(new URL('surface.d.ts', source), 'utf8')
  const codes = await readFile(new URL('codes.d.ts', source), 'utf8')
  await writeFile(new URL('index.d.ts', dist), declarations)
  await writeFile(new URL('codes.d.ts', dist), codes)
  // A CommonJS declaration file may not import types from an ES module.
  await writeFile(new URL('index.d.cts', dist), declarations.replace("'./codes.js'", "'./codes.cjs'"))
  await writeFile(new URL('codes.d.cts', dist), codes)
}

/** The statement that re-exports the whole surface, `bind` aside. */
export async function publicNames() {
  const text = await readFile(new URL('surface.js', source), 'utf8')
  const names = [...text.matchAll(/export \{ ([^}]+) \}/g)].flatMap(([, list]) => list.split(', '))
  return names.filter(name => name !== 'bind')
}
