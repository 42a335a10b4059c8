/**
 * The bytes of a base64url header (RFC 4648 §5, no padding), or nothing if there is no such header.
 * Text in another alphabet becomes no bytes at all, which the core refuses.
 *
 * @param {string | null} text
 * @returns {Uint8Array | undefined}
 */
export function bytesOf(text) {
  if (text === null) return undefined
  if (!/^[A-Za-z0-9_-]*$/.test(text) || text.length % 4 === 1) return new Uint8Array()
  const binary = atob(text.replaceAll('-', '+').replaceAll('_', '/'))
  return Uint8Array.from(binary, (character) => character.charCodeAt(0))
}
