import { spawn } from 'node:child_process'
import { chmodSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import type { Readable } from 'node:stream'
import { text } from 'node:stream/consumers'
import t from 'tap'
import { createCage } from '../../../runtime/sandbox/cage.ts'
import { processLayers } from '../../../runtime/sandbox/process-layers.ts'
import { openSandbox, resultOf, runGuest } from './start-guest.ts'

/** Code that got out of its isolate: tries each thing once and writes what it managed to do. */
const INTRUDER = `
  const fs = require('node:fs')
  const channel = Number(process.argv[2] ?? 0)
  const done = {}
  const attempt = (name, work) => { try { done[name] = work() !== false } catch { done[name] = false } }
  attempt('read a file', () => fs.readFileSync('/etc/passwd').length > 0)
  attempt('read another process', () => fs.readFileSync('/proc/' + process.ppid + '/environ').length > 0)
  attempt('write a file', () => fs.writeFileSync('written', 'x'))
  attempt('start a program', () => require('node:child_process').spawnSync('/bin/true').status === 0)
  attempt('start a worker', () => { new (require('node:worker_threads').Worker)('1', { eval: true }).unref() })
  attempt('see its environment', () => Object.keys(process.env).some((name) => name !== 'TZ'))
  attempt('see an interface', () => Object.keys(require('node:os').networkInterfaces()).length > 0)
  attempt('compile WebAssembly', () => new WebAssembly.Module(Uint8Array.of(0, 97, 115, 109, 1, 0, 0, 0)) && true)
  attempt('signal its supervisor', () => process.kill(process.ppid, 0))
  attempt('be root', () => process.getuid() === 0)
  attempt('raise its priority', () => require('node:os').setPriority(0))
  fs.writeSync(channel, JSON.stringify(done) + '\\n')
  const all = []
  for (let i = 0; i < 16; i++) all.push(Buffer.alloc(64 * 1024 * 1024, 1))
  fs.writeSync(channel, JSON.stringify({ ...done, 'take a gigabyte': all.length === 16 }))
`

t.test('code that leaves its isolate can do none of what the layers forbid', async (t) => {
  const cage = createCage()
  if (cage.layers.some(({ active, optional }) => !active && !optional)) {
    t.comment(`not all layers hold on this machine: ${JSON.stringify(cage.layers)}`)
    return
  }
  const folder = intruderFolder(t)
  t.teardown(() => cage.close())
  const caged = await whatItDid(await cage.spawn(folder, 'intruder.cjs', 17).channel)
  const free = await whatItDid(
    spawn(process.execPath, ['intruder.cjs', '1'], { cwd: folder, stdio: ['ignore', 'pipe', 'ignore'] }).stdout,
  )
  t.ok(Object.keys(caged).length >= 10, 'it lived to tell')
  for (const [deed, managed] of Object.entries(free)) {
    t.equal(managed, true, `uncaged it can ${deed}`)
    t.equal(caged[deed] ?? false, false, `caged it cannot ${deed}`)
  }
})

t.test('the kernel confirms each layer of a running child', async (t) => {
  const sandbox = await openSandbox(t)
  resultOf(await runGuest(sandbox, 'check: () => 1'))
  const { children, layers } = sandbox.status()
  const busy = children.find(({ organizationId }) => organizationId !== undefined)
  const seen = processLayers(busy?.pid ?? 0)
  const ours = processLayers(process.pid)
  for (const { name, active } of layers) {
    if (!(name in seen)) continue
    t.equal(seen[name], active, `${name} ${active ? 'holds' : 'is missing'}, as said`)
    if (active) t.equal(ours[name], false, `${name} does not hold for this process`)
  }
  t.ok(Object.keys(seen).length >= 5)
})

function intruderFolder(t: { teardown(work: () => void): void }): string {
  const folder = mkdtempSync(join(tmpdir(), 'annex-intruder-'))
  t.teardown(() => rmSync(folder, { recursive: true, force: true }))
  writeFileSync(join(folder, 'intruder.cjs'), INTRUDER, { mode: 0o644 })
  chmodSync(folder, 0o755)
  return folder
}

/** The last line that it got out. */
async function whatItDid(channel: Readable): Promise<Record<string, boolean>> {
  return JSON.parse((await text(channel)).trim().split('\n').at(-1) as string)
}
