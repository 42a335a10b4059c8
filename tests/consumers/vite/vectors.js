// Every vector inside the page; the files are beside it.

import * as keybound from 'keybound-wasm'
import { report, runVectors } from '../../../bindings/js/vectors/run.mjs'

const files = await (await fetch('/vectors.json')).json()
document.body.textContent = report(await runVectors(keybound, files)).join('\n')
