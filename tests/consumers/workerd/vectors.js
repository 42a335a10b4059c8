// Every vector inside workerd; the files come with the request.

import * as keybound from 'keybound-wasm'
import { report, runVectors } from '../../../bindings/js/vectors/run.mjs'

export default {
  async fetch(request) {
    return new Response(report(await runVectors(keybound, await request.json())).join('\n'))
  },
}
