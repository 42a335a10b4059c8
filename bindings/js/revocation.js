// Keeps what issuers revoke fresh, by polling or from the service's event stream.
//
// Address and key are configuration, never learned from a token. Nothing is believed because of where it came from: the feed checks
// signature, number and time of every list, and when none arrives any more, calls are refused (`revocation.stale`).

import { flag, maybe, options, text } from './check.js'
import { RevocationFeed } from './feed.js'
import { handle } from './native.js'
import { Refusal } from './refusal.js'
import { Watch, events, later, readBody } from './transfer.js'

// What a refused delta says when only a whole list helps.
const WHOLE_LIST_NEEDED = ['revocation.gap', 'revocation.wrong_result']

// Seconds before the first try after a failure; doubled each time, up to twice the interval: lists live for six of the default
// intervals, so a service that comes back is heard before they end.
const FIRST_DELAY = 0.5

// Intervals without a byte after which a stream counts as broken. The service speaks once per interval.
const SILENCE = 3

const CLIENT = ['url', 'feed', 'interval', 'stream', 'timeout', 'fetch', 'clock', 'onError']

/** Fetches lists for a feed, by polling or from the service's event stream. */
export class RevocationClient {
  static name = 'RevocationClient'

  #url
  #feed
  #interval
  #stream
  #timeout
  #fetch
  #clock
  #onError
  #failures = 0
  #due = 0
  #running

  constructor(config) {
    const given = options(config, CLIENT, 'RevocationClient')
    this.#url = address(given.url)
    handle(given.feed, RevocationFeed, 'feed')
    this.#feed = given.feed
    this.#interval = maybe(given.interval, positive, 'interval') ?? 5
    this.#stream = maybe(given.stream, flag, 'stream') ?? false
    this.#timeout = maybe(given.timeout, positive, 'timeout') ?? 5
    this.#fetch = maybe(given.fetch, callable, 'fetch') ?? ((...request) => globalThis.fetch(...request))
    this.#clock = maybe(given.clock, callable, 'clock') ?? (() => Date.now() / 1000)
    this.#onError = maybe(given.onError, callable, 'onError')
  }

  /** Starts fetching, at once. */
  start() {
    if (this.#running !== undefined) return
    this.#running = new AbortController()
    this.#run(this.#running.signal)
  }

  /** Stops fetching. */
  stop() {
    this.#running?.abort()
    this.#running = undefined
  }

  /** Asks once. */
  async refresh() {
    await this.#once(undefined)
  }

  /** Asks when it is time to: for runtimes in which nothing runs between requests. */
  async fresh() {
    const now = Date.now()
    // While there is a list that counts, one request asks and the others go on; after a failure all of them wait for the next try.
    if (now < this.#due && (this.#failures > 0 || this.#clock() <= (this.#feed.expires ?? -1))) return
    this.#due = now + 1000 * this.#interval
    try {
      await this.refresh()
    } catch (error) {
      this.#failed(error)
    }
  }

  async #run(signal) {
    while (!signal.aborted) {
      let delay
      try {
        await this.#once(signal)
        if (this.#stream) await this.#follow(signal)
        delay = this.#interval * between(0.8, 1)
      } catch (error) {
        if (signal.aborted) return
        delay = this.#failed(error)
      }
      await pause(delay, signal)
    }
  }

  // Seconds before the next try: not all verifiers at once, and never so late that lists would end.
  #failed(error) {
    this.#failures += 1
    const longest = Math.min(FIRST_DELAY * 2 ** Math.min(this.#failures - 1, 16), 2 * this.#interval)
    const delay = longest * between(0.5, 1)
    this.#due = Date.now() + 1000 * delay
    try {
      this.#onError?.(error)
    } catch {
      // Whoever listens must not end what keeps the list fresh.
    }
    return delay
  }

  async #once(signal) {
    const since = this.#feed.seq
    try {
      this.#apply(await this.#get(since, signal))
    } catch (error) {
      // The stream, or another request, was quicker.
      if (error instanceof Refusal && this.#feed.seq !== since) return
      if (since === undefined || !isGap(error)) throw error
      this.#apply(await this.#get(undefined, signal))
    }
    this.#failures = 0
  }

  #apply(update) {
    this.#feed.apply(update, { now: Math.floor(this.#clock()) })
  }

  async #get(since, signal) {
    const watch = new Watch(this.#timeout, signal)
    try {
      const response = await this.#request('', since, watch.signal)
      return await readBody(response, this.#feed.maxBytes)
    } finally {
      watch.end()
    }
  }

  // Takes over what the stream brings until it ends.
  async #follow(signal) {
    const watch = new Watch(Math.max(this.#timeout, SILENCE * this.#interval), signal)
    try {
      const response = await this.#request('/stream', this.#feed.seq, watch.signal)
      for await (const update of events(response, this.#feed.maxBytes, watch)) {
        try {
          this.#apply(update)
        } catch (error) {
          if (!isGap(error)) throw error
          this.#apply(await this.#get(undefined, signal))
        }
      }
    } finally {
      watch.end()
    }
    throw new Error('the stream ended')
  }

  async #request(path, since, signal) {
    const url = this.#url + path + (since === undefined ? '' : `?since=${since}`)
    // Neither a redirect nor anything else but the list itself: the address is configuration.
    const response = await this.#fetch(url, { signal, redirect: 'manual' })
    if (response.status !== 200) {
      await response.body?.cancel()
      throw new Error(`the service answered ${response.status}`)
    }
    return response
  }
}

function isGap(error) {
  return error instanceof Refusal && WHOLE_LIST_NEEDED.includes(error.code)
}

function address(value) {
  const url = parsed(text(value, 'url'))
  const isAddress = url !== undefined && ['https:', 'http:'].includes(url.protocol) && url.search === '' && url.hash === ''
  if (!isAddress) throw new TypeError('url must be http(s)://host/path without query and fragment')
  return value
}

function parsed(value) {
  try {
    return new URL(value)
  } catch {
    return undefined
  }
}

function positive(value, name) {
  if (typeof value === 'number' && value > 0 && Number.isFinite(value)) return value
  throw new TypeError(`${name} must be a positive number of seconds`)
}

function callable(value, name) {
  if (typeof value === 'function') return value
  throw new TypeError(`${name} must be a function`)
}

function between(least, most) {
  return least + Math.random() * (most - least)
}

function pause(seconds, signal) {
  return new Promise(resolve => {
    const timer = later(done, seconds)
    signal.addEventListener('abort', done)
    function done() {
      clearTimeout(timer)
      signal.removeEventListener('abort', done)
      resolve()
    }
  })
}
