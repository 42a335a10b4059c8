/**
 * Tells the issuing service what was decided here, so that its audit log shows what was done under the tokens it
 * issued, and to whom they were handed offline. Only what a proven holder did is worth a record: anybody else could
 * fill the log.
 */
import { DpopCall, SigningKey } from 'keybound-wasm'

const ASSERTION = 'urn:ietf:params:oauth:client-assertion-type:jwt-bearer'

/** Seconds before the end of the access token at which another is fetched. */
const EARLY = 30

export class Reporter {
  #issuer
  #client
  #key = SigningKey.generate()
  #access = Promise.resolve({ token: '', until: 0 })

  /** @param {string} issuer @param {{name: string, jwk: object}} client its name in the policy, and its private key */
  constructor(issuer, client) {
    this.#issuer = issuer
    this.#client = client
  }

  /**
   * One decision under a chain, as the header had it. The service refuses what it no longer believes, such as a call
   * under a token that was revoked a moment ago: that is its business, and the call is decided anyway.
   *
   * @param {{token: string, tool: string, audience: string, permitted: boolean, code?: string}} use
   */
  async report(use) {
    const token = await this.#logIn()
    const response = await this.#post('/audit/uses', JSON.stringify([use]), 'application/json', { accessToken: token })
    await response.body?.cancel()
  }

  /** One login at a time; everybody else waits for it. */
  #logIn() {
    this.#access = this.#access
      .catch(() => ({ token: '', until: 0 }))
      .then((access) => (now() < access.until - EARLY ? access : this.#obtain()))
    return this.#access.then(({ token }) => token)
  }

  /** An access token bound to our key (RFC 6749 §4.4, RFC 7523 §2.2, RFC 9449). */
  async #obtain() {
    const form = {
      grant_type: 'client_credentials',
      client_assertion_type: ASSERTION,
      client_assertion: await this.#assertion(),
    }
    const ask = (more) => this.#post('/token', String(new URLSearchParams(form)), FORM, more)
    let response = await ask({})
    const nonce = response.headers.get('DPoP-Nonce')
    // The first answer is the nonce to use.
    if (response.status === 400 && nonce !== null) response = await ask({ nonce })
    if (!response.ok) throw new Error(`the service refused the login: ${await response.text()}`)
    const { access_token: token, expires_in } = await response.json()
    return { token, until: now() + expires_in }
  }

  /** @returns {Promise<Response>} */
  #post(path, body, type, more) {
    const uri = this.#issuer + path
    const headers = { 'Content-Type': type, DPoP: new DpopCall({ method: 'POST', uri, ...more }).sign(this.#key) }
    if (more.accessToken !== undefined) headers.Authorization = `DPoP ${more.accessToken}`
    return fetch(uri, { method: 'POST', headers, body, redirect: 'manual' })
  }

  async #assertion() {
    const { name, jwk } = this.#client
    const claims = { iss: name, sub: name, aud: this.#issuer, iat: now(), exp: now() + 60, jti: crypto.randomUUID() }
    const parts = [{ alg: 'EdDSA', kid: `${name}-1` }, claims]
    const signed = parts.map((part) => encoded(text(JSON.stringify(part)))).join('.')
    const key = await crypto.subtle.importKey('jwk', jwk, 'Ed25519', false, ['sign'])
    return `${signed}.${encoded(new Uint8Array(await crypto.subtle.sign('Ed25519', key, text(signed))))}`
  }
}

const FORM = 'application/x-www-form-urlencoded'

const now = () => Math.floor(Date.now() / 1000)

const text = (string) => new TextEncoder().encode(string)

const encoded = (bytes) =>
  btoa(String.fromCharCode(...bytes))
    .replaceAll('+', '-')
    .replaceAll('/', '_')
    .replaceAll('=', '')
