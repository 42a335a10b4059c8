/** Refusals as problem details (RFC 9457). */

const STATUS = { malformed: 400, untrusted: 401, denied: 403 }
const TITLE = {
  malformed: 'The presented token or call is malformed',
  untrusted: 'The presented token or proof is not to be believed',
  denied: 'The call is outside what was granted',
}

/**
 * Only a caller who has proved to be the holder hears what its own token says; anybody else hears the code.
 *
 * @param {import('keybound-wasm').Refusal} refusal
 */
export function problemOf(refusal) {
  const { code, family, link, fix } = refusal
  const detail = family === 'denied' ? refusal.message : undefined
  return problem(STATUS[family], { title: TITLE[family], code, family, link, fix, detail })
}

export const unauthenticated = () => problem(401, { title: 'Keybound-Chain and Keybound-Proof are needed' })

export const notFound = () => problem(404, { title: 'There is no such tool' })

function problem(status, members) {
  const headers = { 'Content-Type': 'application/problem+json' }
  if (status === 401) headers['WWW-Authenticate'] = 'Keybound'
  return new Response(JSON.stringify({ type: 'about:blank', status, ...members }), { status, headers })
}
