// The files of tests/vectors, read from disk.

import { readFileSync, readdirSync } from 'node:fs'

const folder = new URL('../../../tests/vectors/', import.meta.url)

/** Every file of vectors, parsed, in the order of their names. */
export function vectorFiles() {
  const names = readdirSync(folder).filter(name => name.endsWith('.json') && name !== 'schema.json').sort()
  return names.map(name => JSON.parse(readFileSync(new URL(name, folder), 'utf8')))
}
