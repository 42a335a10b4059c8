// Where a judge sits: what was accepted and what was refused, counted. A judge that refuses nothing has judged nothing,
// so a test without an honest case, or without a control that is refused, fails.

import assert from 'node:assert/strict'
import { basename } from 'node:path'
import { test } from 'node:test'

// A test's file, as its process was started: the runner sees only this one.
const file = basename(process.argv[1])

/** What a line of the matrix begins with, in the diagnostics of a test. */
export const MARK = 'judged: '

/** Who signs and who verifies. */
export const WE_SIGN = 'we sign'
export const THEY_SIGN = 'they sign'
/** Both look at the same signatures. */
export const BOTH_VERIFY = 'both verify'

/** A test in which `judge` and we meet over one kind of object. */
export function judged(judge, direction, object, sentence, body) {
  test(`${judge}, ${direction}, ${object}: ${sentence}`, async t => {
    const bench = new Bench()
    await body(bench)
    assert.ok(bench.accepted > 0, 'nothing honest was accepted')
    assert.ok(bench.refused > 0, 'no control was refused')
    t.diagnostic(MARK + JSON.stringify({ file, judge, direction, object, accepted: bench.accepted, refused: bench.refused }))
  })
}

class Bench {
  accepted = 0
  refused = 0

  /** Something that must go through; gives what it gives. */
  async accepts(verify) {
    const value = await verify()
    this.accepted += 1
    return value
  }

  /** Something that must be refused for exactly this reason: the members of the error. */
  async refuses(reason, verify) {
    await assert.rejects(async () => verify(), reason)
    this.refused += 1
  }
}
