// The real binary on a free port, in a folder that goes away with it.

import { spawn } from 'node:child_process'
import { existsSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { createServer } from 'node:net'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { createInterface } from 'node:readline'
import { fileURLToPath } from 'node:url'
import * as jose from 'jose'

const root = fileURLToPath(new URL('../../../../', import.meta.url))
const binary = process.env.KEYBOUND_SERVICE ?? join(root, 'target/debug/keybound')

/** Whose keys there are, and what they sign with. */
const KEYS = { payables: 'ES256', closing: 'Ed25519', tools: 'Ed25519', mail: 'ES256', operator: 'Ed25519', staff: 'ES256', stranger: 'ES256' }

/** What the tests are told: the issuer id, that of another tenant, and everybody's secret key as a JWK. */
export async function start() {
  if (!existsSync(binary)) throw new Error(`${binary} is not there: cargo build -p keybound-service`)
  const folder = mkdtempSync(join(tmpdir(), 'keybound-judges-'))
  const port = await freePort()
  const issuer = `http://127.0.0.1:${port}`
  const keys = Object.fromEntries(await Promise.all(Object.entries(KEYS).map(async ([name, alg]) => [name, await makeKey(alg)])))
  writeFileSync(join(folder, 'policy.toml'), policy(issuer, keys))
  writeFileSync(join(folder, 'config.toml'), settings(folder, issuer))
  const child = spawn(binary, ['serve', '--config', 'config.toml', '--listen', `127.0.0.1:${port}`], {
    cwd: folder,
    env: { PATH: process.env.PATH, KEYBOUND_LOG: 'warn' },
    stdio: ['ignore', 'pipe', 'inherit'],
  })
  const stop = async () => {
    const ended = new Promise(resolve => child.once('exit', resolve))
    if (child.exitCode === null && child.kill('SIGTERM')) await ended
    rmSync(folder, { recursive: true, force: true })
  }
  try {
    await listening(child)
  } catch (problem) {
    await stop()
    throw problem
  }
  return { world: { issuer, other: `${issuer}/t/other`, keys }, stop }
}

/** The line it prints once it can be asked. */
function listening(child) {
  return new Promise((resolve, reject) => {
    const late = setTimeout(() => reject(new Error('the service did not listen within 20 s')), 20_000)
    createInterface({ input: child.stdout }).once('line', line => resolve(clearTimeout(late) ?? JSON.parse(line)))
    child.once('exit', code => reject(new Error(`the service ended with ${code} before it listened`)))
    child.once('error', reject)
  })
}

function freePort() {
  return new Promise((resolve, reject) => {
    const server = createServer().once('error', reject)
    server.listen(0, '127.0.0.1', () => {
      const { port } = server.address()
      server.close(() => resolve(port))
    })
  })
}

async function makeKey(alg) {
  const { privateKey } = await jose.generateKeyPair(alg, { extractable: true })
  const jwk = await jose.exportJWK(privateKey)
  return { ...jwk, alg, kid: await jose.calculateJwkThumbprint(jwk) }
}

function policy(issuer, keys) {
  const text = readFileSync(new URL('../policy.toml', import.meta.url), 'utf8').replaceAll('@issuer@', issuer)
  return text.replace(/@(\w+)@/g, (_, name) => {
    const { d, ...jwk } = keys[name]
    return JSON.stringify({ keys: [jwk] })
  })
}

function settings(folder, issuer) {
  const tenant = (name, url) => `[tenants.${name}]\nissuer = "${url}"\ntrust_domain = "${name}.example"\npolicy = "policy.toml"\n`
  return `[database]\nurl = "sqlite://${join(folder, 'keybound.db')}"\n${tenant('default', issuer)}${tenant('other', `${issuer}/t/other`)}`
}
