// How lists come over HTTP: bounded bodies, server-sent events, and patience that ends.

// A timer must not keep a process alive whose work is done.
export function later(run, seconds) {
  const timer = setTimeout(run, 1000 * seconds)
  timer.unref?.()
  return timer
}

// Gives up when told to, or when nothing has come for so many seconds.
export class Watch {
  #controller = new AbortController()
  #seconds
  #outer
  #timer
  #give = () => this.#controller.abort(new Error('the client has stopped'))

  constructor(seconds, outer) {
    this.#seconds = seconds
    this.#outer = outer
    if (outer?.aborted) this.#give()
    outer?.addEventListener('abort', this.#give)
    this.heard()
  }

  get signal() {
    return this.#controller.signal
  }

  heard() {
    clearTimeout(this.#timer)
    this.#timer = later(() => this.#controller.abort(new Error('the service is silent')), this.#seconds)
  }

  // Whatever is still open is given up, too.
  end() {
    clearTimeout(this.#timer)
    this.#outer?.removeEventListener('abort', this.#give)
    this.#controller.abort()
  }
}

// The body, unless it is larger than the feed would read.
export async function readBody(response, most) {
  const chunks = []
  let size = 0
  for await (const chunk of chunksOf(response)) {
    chunks.push(chunk)
    size += chunk.length
    if (size > most) throw new Error(`the list is larger than ${most} bytes`)
  }
  const whole = new Uint8Array(size)
  let place = 0
  for (const chunk of chunks) {
    whole.set(chunk, place)
    place += chunk.length
  }
  return whole
}

async function* chunksOf(response) {
  if (response.body === null) return
  const reader = response.body.getReader()
  try {
    for (;;) {
      const { done, value } = await reader.read()
      if (done) return
      yield value
    }
  } finally {
    // An unread rest is not to be waited for.
    reader.cancel().catch(() => {})
  }
}

// The lists and deltas in a stream of server-sent events.
export async function* events(response, most, watch) {
  const longest = Math.ceil(most / 3) * 4 + 64
  const decoder = new TextDecoder()
  let parts = []
  let size = 0
  let event = ''
  let data = ''
  for await (const chunk of chunksOf(response)) {
    watch.heard()
    const text = decoder.decode(chunk, { stream: true })
    parts.push(text)
    size += text.length
    if (size > longest) throw new Error('an event is too large')
    if (!text.includes('\n')) continue
    const lines = parts.join('').split(/\r?\n/)
    parts = [lines.pop()]
    size = parts[0].length
    for (const line of lines) {
      const [, name, value] = /^([^:]*)(?::\x20?(.*))?$/s.exec(line)
      if (name === 'event') event = value
      if (name === 'data') data += value
      if (line !== '') continue
      if (event === 'revocations' && data !== '') yield fromBase64url(data)
      event = data = ''
    }
    if (data.length > longest) throw new Error('an event is too large')
  }
}

function fromBase64url(data) {
  const characters = atob(data.replaceAll('-', '+').replaceAll('_', '/'))
  return Uint8Array.from(characters, character => character.charCodeAt(0))
}
