// `node warm.mjs node|wasm`: what one decision costs once the engine is warm.

const [, , name] = process.argv
const { Chain, Proof, Request, SigningKey, Trust, Verifier, constraint } = await import(`../../../${name}/dist/index.js`)

const NOW = 1_800_000_000
const AUDIENCE = 'https://tools.example'
const call = { tool: 'pay', arguments: { amount: 5, to: 'bob' }, audience: AUDIENCE }
const keys = Array.from({ length: 9 }, () => SigningKey.generate())

for (const links of [1, 3, 8]) {
  const chain = chainOf(links)
  const holder = keys[links]
  const bytes = chain.toBytes()
  const trust = new Trust({ anchors: { issuer: keys[0].publicKey }, audience: AUDIENCE, replayCapacity: 1_000_000 })
  const cold = new Verifier(trust, { cacheCapacity: 0 })
  const warm = new Verifier(trust)
  const request = new Request(call)
  const decide = verifier => {
    const proof = Proof.sign(holder, chain, request, { now: NOW }).toBytes()
    return () => verifier.authorize(bytes, proof, new Request(call), { now: NOW })
  }
  const [first, again] = [median(() => decide(cold)), median(() => decide(warm))]
  console.log(`${name}: chain of ${links}, proof included: ${first.toFixed(1)} us; links known: ${again.toFixed(1)} us`)
}
const request = new Request(call)
const chain = chainOf(3)
console.log(`${name}: sign a proof ${median(() => () => Proof.sign(keys[3], chain, request, { now: NOW })).toFixed(0)} us`)
console.log(`${name}: describe a call ${median(() => () => new Request(call)).toFixed(1)} us`)

function chainOf(links) {
  let chain = Chain.issue(keys[0], {
    issuer: 'issuer',
    to: keys[1].publicKey,
    tools: { pay: { amount: constraint.range({ max: 100 }), to: constraint.oneOf('alice', 'bob') } },
    audience: AUDIENCE,
    principal: 'user:7',
    agent: 'spiffe://example.org/agent/orch/task/one',
    task: 'task',
    maxDepth: 8,
    now: NOW,
  })
  for (let link = 1; link < links; link += 1) chain = chain.delegate(keys[link], { to: keys[link + 1].publicKey, now: NOW })
  return chain
}

// The median of many single calls, in microseconds; what prepares a call is not timed.
function median(prepare) {
  const times = []
  for (let round = 0; round < 1500; round += 1) {
    const run = prepare()
    const started = performance.now()
    run()
    times.push((performance.now() - started) * 1000)
  }
  const settled = times.slice(500).sort((a, b) => a - b)
  return settled[settled.length >> 1]
}
