// Bytes as the vectors write them.

export function bytes(digits) {
  return Uint8Array.from(digits.match(/../g) ?? [], byte => Number.parseInt(byte, 16))
}

export function hex(data) {
  return Array.from(data, byte => byte.toString(16).padStart(2, '0')).join('')
}

/** The members that are there. */
export function present(members) {
  return Object.fromEntries(Object.entries(members).filter(([, value]) => value !== undefined && value !== null))
}
