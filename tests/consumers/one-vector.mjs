// `node one-vector.mjs <folder>`: puts one real vector into a consumer project, as a module,
// so that every runtime and bundler can import it without reading files.

import { writeFileSync } from 'node:fs'
import { vectorFiles } from '../../bindings/js/vectors/files.mjs'

const folder = process.argv[2]
const vectors = vectorFiles().flatMap(file => file.vectors)
const plain = ({ operation, expect, trust, request }) =>
  operation === 'authorize' && expect === 'ok' && Object.keys(trust).length === 2 && !request.http && !request.nonce
const vector = vectors.filter(plain).at(-1)
const { name, trust, chain, proof, request, now } = vector
const text = JSON.stringify({ name, trust, chain, proof, request, now }, null, 2)
writeFileSync(`${folder}/vector.js`, `export default ${text}\n`)
writeFileSync(`${folder}/vector.cjs`, `module.exports = ${text}\n`)
