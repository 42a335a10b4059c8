// Feeds, and the client that keeps them fresh, against a real service on the loopback.

import assert from 'node:assert/strict'
import { test } from 'node:test'
import { DELTA, END, NOW, WHOLE, decide, feed, keys, listed, service, soon } from './lists.mjs'
import { keybound } from './package.mjs'
import { trust } from './scene.mjs'

const { Refusal, RevocationClient, RevocationFeed, SigningKey, Untrusted } = keybound
const at = { now: NOW }

/** Asks often, at the time of the lists; stopped when the test ends. */
function client(t, { url }, revocation, more) {
  const asking = new RevocationClient({ url, feed: revocation, interval: 0.02, clock: () => NOW, ...more })
  t.after(() => asking.stop())
  return asking
}

test('a feed says what it has', () => {
  const revocation = feed()
  assert.deepEqual([revocation.seq, revocation.expires, revocation.nextUpdate, revocation.entries], Array(4).fill(undefined))
  assert.equal(decide(revocation), 'revocation.stale')
  revocation.apply(WHOLE, at)
  assert.deepEqual([revocation.seq, revocation.expires, revocation.nextUpdate, revocation.entries], [7, END, END - 20, 8])
  assert.deepEqual([revocation.issuer, revocation.maxBytes], ['https://issuer.example', 24 * 2 ** 20])
  assert.deepEqual([decide(revocation), decide(revocation, END), decide([revocation], END + 1)], ['ok', 'ok', 'revocation.stale'])
  revocation.apply(DELTA, at)
  assert.deepEqual([revocation.seq, decide(revocation)], [8, 'revocation.revoked'])
})

test('what is refused changes nothing', () => {
  const revocation = feed()
  revocation.apply(WHOLE, at)
  for (const [update, code] of [
    [new Uint8Array(), 'bytes.truncated'],
    [listed('older_list'), 'revocation.rollback'],
    [listed('list_wrong_key'), 'revocation.bad_signature'],
    [listed('delta_after_a_gap'), 'revocation.gap'],
  ]) {
    assert.throws(() => revocation.apply(update, at), error => error instanceof Refusal && error.code === code)
    assert.equal(revocation.seq, 7)
  }
  // The host's clock is years after the list.
  assert.throws(() => revocation.apply(WHOLE), error => error instanceof Untrusted && error.code === 'revocation.stale')
})

test('a wrong type is a TypeError that names the parameter', () => {
  const [key] = keys
  for (const [name, run] of [
    ['issuer', () => new RevocationFeed({ issuer: 1, key })],
    ['key', () => new RevocationFeed({ issuer: 'i' })],
    ['key', () => new RevocationFeed({ issuer: 'i', key: SigningKey.generate() })],
    ['key', () => new RevocationFeed({ issuer: 'i', key: [] })],
    ['limits', () => new RevocationFeed({ issuer: 'i', key, limits: { revocation_size: 1 } })],
    ['update', () => feed().apply('text', at)],
    ['now', () => feed().apply(WHOLE, { now: 1.5 })],
    ['this', () => RevocationFeed.prototype.apply.call(key, WHOLE, at)],
    ['revocation', () => trust({ revocation: key })],
    ['revocation', () => trust({ revocation: [] })],
    ['revocation', () => trust({ revocation: undefined })],
    ['RevocationFeed', () => new RevocationFeed({ issuer: 'i', keys: key })],
    ['url', () => new RevocationClient({ feed: feed() })],
    ...['file:///etc/passwd', 'lists', 'https://a.example/?x', 'https://a.example/#x'].map(url => ['url', () => new RevocationClient({ url, feed: feed() })]),
    ['feed', () => new RevocationClient({ url: 'https://a.example', feed: {} })],
    ['interval', () => new RevocationClient({ url: 'https://a.example', feed: feed(), interval: 0 })],
    ['timeout', () => new RevocationClient({ url: 'https://a.example', feed: feed(), timeout: Infinity })],
    ['stream', () => new RevocationClient({ url: 'https://a.example', feed: feed(), stream: 1 })],
    ['fetch', () => new RevocationClient({ url: 'https://a.example', feed: feed(), fetch: 'curl' })],
    ['RevocationClient', () => new RevocationClient({ url: 'https://a.example', feed: feed(), key })],
  ]) {
    assert.throws(run, { name: 'TypeError', message: new RegExp(`^${name}\\b`) }, `${run}`)
  }
})

test('nothing is permitted before the first list, and a poll brings what is revoked', async t => {
  const lists = await service(t)
  const revocation = feed()
  lists.answers[''] = [503, '']
  client(t, lists, revocation).start()
  assert.ok(await soon(() => lists.asked.length > 0))
  assert.equal(decide(revocation), 'revocation.stale')
  lists.answers[''] = [200, WHOLE]
  assert.ok(await soon(() => decide(revocation) === 'ok'))
  lists.answers[7] = [200, DELTA]
  assert.ok(await soon(() => decide(revocation) === 'revocation.revoked'))
  assert.ok(lists.asked.includes('/lists') && lists.asked.includes('/lists?since=7'))
})

test('a stream brings what is revoked without another question', async t => {
  const lists = await service(t)
  const revocation = feed()
  const following = client(t, lists, revocation, { stream: true, interval: 60, timeout: 60 })
  following.start()
  following.start()
  assert.ok(await soon(() => lists.streams.size === 1))
  assert.equal(decide(revocation), 'ok')
  await lists.send(DELTA)
  assert.ok(await soon(() => decide(revocation) === 'revocation.revoked'))
  assert.deepEqual(lists.asked, ['/lists', '/lists/stream?since=7'])
})

test('a gap in the stream fetches the whole list', async t => {
  const lists = await service(t)
  const revocation = feed()
  client(t, lists, revocation, { stream: true, interval: 60, timeout: 60 }).start()
  assert.ok(await soon(() => lists.streams.size === 1))
  lists.answers[''] = [200, listed('newer_list_control')]
  await lists.send(listed('delta_after_a_gap'))
  assert.ok(await soon(() => revocation.seq === 8))
  assert.deepEqual(lists.asked, ['/lists', '/lists/stream?since=7', '/lists'])
})

test('a stream that breaks, or says nothing, is taken up again', async t => {
  const lists = await service(t)
  const revocation = feed()
  const heard = []
  client(t, lists, revocation, { stream: true, timeout: 0.05, onError: error => heard.push(error.message) }).start()
  assert.ok(await soon(() => lists.streams.size === 1))
  lists.streams.forEach(stream => stream.end())
  assert.ok(await soon(() => heard.includes('the stream ended')))
  assert.ok(await soon(() => heard.includes('the service is silent')), `${heard}`)
  assert.ok(await soon(() => lists.streams.size === 1))
  lists.answers[7] = [200, DELTA]
  assert.ok(await soon(() => decide(revocation) === 'revocation.revoked'))
})

test('a gap in the answer fetches the whole list', async t => {
  const lists = await service(t)
  const revocation = feed()
  revocation.apply(WHOLE, at)
  lists.answers[7] = [200, listed('delta_after_a_gap')]
  lists.answers[''] = [200, listed('newer_list_control')]
  await client(t, lists, revocation).refresh()
  assert.deepEqual([revocation.seq, lists.asked], [8, ['/lists?since=7', '/lists']])
})

test('when the service stops, calls are refused', async t => {
  const lists = await service(t)
  const revocation = feed()
  let now = NOW
  const heard = []
  client(t, lists, revocation, { clock: () => now, onError: error => heard.push(error) }).start()
  assert.ok(await soon(() => decide(revocation, now) === 'ok'))
  await lists.stop()
  assert.ok(await soon(() => heard.length > 1))
  now = END
  assert.equal(decide(revocation, now), 'ok')
  now += 1
  assert.equal(decide(revocation, now), 'revocation.stale')
})

for (const [answer, reason] of [
  [[200, listed('older_list')], 'revocation.rollback'],
  [[200, listed('list_wrong_key')], 'revocation.bad_signature'],
  [[200, listed('same_number_less')], 'revocation.conflict'],
  [[200, '<!doctype html>'], 'envelope.wrong_tag'],
  [[200, ''], 'bytes.truncated'],
  [[200, new Uint8Array(4001).fill(0xd2)], 'the list is larger than 4000 bytes'],
  [[404, WHOLE], 'the service answered 404'],
  [[302, ''], 'the service answered 302'],
]) {
  test(`what is no newer list is ignored and heard of: ${reason}`, async t => {
    const lists = await service(t)
    const revocation = feed({ limits: { revocation_bytes: 4000 } })
    const asking = client(t, lists, revocation)
    await asking.refresh()
    lists.answers[7] = answer
    await assert.rejects(asking.refresh(), error => [error.code, error.message].includes(reason))
    assert.deepEqual([revocation.seq, decide(revocation)], [7, 'ok'])
    lists.answers[7] = [200, DELTA]
    await asking.refresh()
    assert.equal(decide(revocation), 'revocation.revoked')
  })
}

test('a listener that throws does not end the client', async t => {
  const lists = await service(t)
  const revocation = feed()
  lists.answers[''] = [500, '']
  function onError() {
    throw new Error("a listener's own fault")
  }
  client(t, lists, revocation, { onError }).start()
  assert.ok(await soon(() => lists.asked.length > 1))
  lists.answers[''] = [200, WHOLE]
  assert.ok(await soon(() => decide(revocation) === 'ok'))
})

test('between requests nothing runs: fresh asks when it is time to', async t => {
  const lists = await service(t)
  const revocation = feed()
  let now = NOW
  const asking = client(t, lists, revocation, { interval: 0.2, clock: () => now })
  await Promise.all([asking.fresh(), asking.fresh()])
  assert.equal(decide(revocation), 'ok')
  // Without a list each request asks for one; with one, nobody does before it is time.
  assert.deepEqual(lists.asked, ['/lists', '/lists'])
  lists.answers[7] = [200, DELTA]
  await asking.fresh()
  assert.equal(lists.asked.length, 2)
  await new Promise(resolve => setTimeout(resolve, 220))
  await Promise.all([asking.fresh(), asking.fresh(), asking.fresh()])
  assert.deepEqual(lists.asked.slice(2), ['/lists?since=7'])
  assert.equal(decide(revocation), 'revocation.revoked')
  // A failure is not the request's affair: the list that is too old refuses by itself, and the next try waits its turn.
  await lists.stop()
  now = END + 2
  await asking.fresh()
  await asking.fresh()
  assert.equal(decide(revocation, now), 'revocation.stale')
})

for (const stream of [false, true]) {
  test(`stop ends the asking${stream ? ' and the stream' : ''}`, async t => {
    const lists = await service(t)
    const asking = client(t, lists, feed(), { stream })
    asking.start()
    assert.ok(await soon(() => lists.asked.length > 1))
    asking.stop()
    asking.stop()
    assert.ok(await soon(() => lists.streams.size === 0))
    await new Promise(resolve => setTimeout(resolve, 20))
    const { length } = lists.asked
    await new Promise(resolve => setTimeout(resolve, 150))
    assert.equal(lists.asked.length, length)
    asking.start()
    assert.ok(await soon(() => lists.asked.length > length))
  })
}

test("a stranger's key believes nothing", async t => {
  const lists = await service(t)
  const revocation = new RevocationFeed({ issuer: 'https://issuer.example', key: SigningKey.generate().publicKey })
  await assert.rejects(client(t, lists, revocation).refresh(), { code: 'revocation.bad_signature' })
  assert.equal(decide(revocation), 'revocation.stale')
})
