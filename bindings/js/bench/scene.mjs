// The chains and the call that every benchmark here decides.

export const NOW = 1_800_000_000
export const AUDIENCE = 'https://tools.example'
export const CALL = { tool: 'pay', arguments: { amount: 5, to: 'bob' }, audience: AUDIENCE }

/** A chain of `links` tokens, from the first key to the one after the last link. */
export function chainOf({ Chain, constraint }, keys, links, more) {
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
    ...more,
  })
  for (let link = 1; link < links; link += 1) chain = chain.delegate(keys[link], { to: keys[link + 1].publicKey, now: NOW })
  return chain
}
