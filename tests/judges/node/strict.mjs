// What stands between an ordinary Ed25519 verifier and ours (SPEC 4.3): R and A of small order are refused, and so is an A
// that is not canonical. Written from the rule, with no code of ours: a service that has only WebCrypto can do the same.

const P = 2n ** 255n - 19n

// y of the points of order 8: with d = -121665/121666, the roots of d·y⁴ + 2·y² - 1 = 0 modulo P.
const ORDER_8 = 0x7a03ac9277fdc74ec6cc392cfa53202a0f67100d760b3cba4fd84d3d706a17c7n

// The y of the eight points of small order as encodings may say them, also those that are not reduced: 7, twice with the
// sign of x, so 14 encodings.
const SMALL = [0n, 1n, ORDER_8, P - ORDER_8, P - 1n, P, P + 1n]

/** y of an encoded point, without the sign of x. */
function yOf(bytes) {
  const hex = Buffer.from(bytes).reverse().toString('hex')
  return BigInt(`0x${hex}`) & (2n ** 255n - 1n)
}

/** The 14 encodings, for those who want to check the list. */
export function smallOrderEncodings() {
  const encoded = number => Buffer.from(number.toString(16).padStart(64, '0'), 'hex').reverse()
  return SMALL.flatMap(y => [y, y | (1n << 255n)]).map(encoded)
}

/** Whether key and signature may be shown to a verifier at all. */
export function mayBeShown(key, signature) {
  if (key.length !== 32 || signature.length !== 64) return false
  const [a, r] = [yOf(key), yOf(signature.subarray(0, 32))]
  return a < P && !SMALL.includes(a) && !SMALL.includes(r)
}
