// `node vectors/node.mjs node|wasm`: every vector in this Node, against one of the packages.

import { vectorFiles } from './files.mjs'
import { report, runVectors } from './run.mjs'

const keybound = await import(`../../../${process.argv[2]}/dist/index.js`)
const result = await runVectors(keybound, vectorFiles())
console.log(report(result).join('\n'))
process.exitCode = result.wrong.length === 0 ? 0 : 1
