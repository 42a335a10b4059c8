// WebCrypto of workerd, asked about signatures. It throws where Node answers false, such as at a signature of another length.

const bytes = hex => Uint8Array.from(hex.match(/../g) ?? [], byte => Number.parseInt(byte, 16))

async function holds({ key, message, signature }) {
  try {
    const imported = await crypto.subtle.importKey('raw', bytes(key), 'Ed25519', false, ['verify'])
    return await crypto.subtle.verify('Ed25519', imported, bytes(signature), bytes(message))
  } catch {
    return false
  }
}

export default {
  async fetch(request) {
    return Response.json(await Promise.all((await request.json()).map(holds)))
  },
}
