// Where a judge and the core are known to differ, and why. The file is shared with the judges in Python.

import { readFileSync } from 'node:fs'

const EVERYBODY = ['node-webcrypto', 'workerd-webcrypto', 'noble-strict', 'noble-default', 'cryptography']

/** The exceptions of one judge: case to exception. */
export function exceptionsOf(judge) {
  const all = JSON.parse(readFileSync(new URL('../exceptions.json', import.meta.url)))
  for (const { judge: name, case: about, expected, actual, reason, ...more } of all) {
    const isWhole = EVERYBODY.includes(name) && expected !== actual && reason.length > 20 && Object.keys(more).length === 0
    if (!isWhole) throw new Error(`the exception of ${name} for ${about} says too little, or too much`)
  }
  return new Map(all.filter(({ judge: name }) => name === judge).map(exception => [exception.case, exception]))
}
