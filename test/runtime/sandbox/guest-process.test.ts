import { chmodSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import t from 'tap'
import { createLog } from '../../../runtime/log.ts'
import { type Cage, createCage } from '../../../runtime/sandbox/cage.ts'
import { GuestProcess } from '../../../runtime/sandbox/guest-process.ts'
import { CAGE_LIMITS } from '../../../runtime/sandbox/limits.ts'
import { READY } from './ready-child.ts'

/** A child whose program is `code`, run at the first question. */
async function start(t: { teardown(work: () => void): void }, cage: Cage, code: string) {
  const folder = mkdtempSync(join(tmpdir(), 'annex-guest-process-'))
  chmodSync(folder, 0o755)
  t.teardown(() => rmSync(folder, { recursive: true, force: true }))
  const program = `${READY}; fs.readSync(0, Buffer.alloc(4)); ${code}; setInterval(() => {}, 1000)`
  writeFileSync(join(folder, 'guest.cjs'), program, { mode: 0o644 })
  const child = new GuestProcess(cage, folder, 9, createLog('silent'))
  t.teardown(() => child.kill('close'))
  if (!(await child.ready)) throw new Error('The child did not start')
  return child
}

async function ask(t: { teardown(work: () => void): void }, cage: Cage, code: string) {
  const child = await start(t, cage, code)
  const answer = await child.ask({ t: 'pull', run: 2, timeoutMs: 100, now: 0 }, '', 1_000)
  child.kill('close')
  return { answer, reason: (await child.ended).reason }
}

t.test('memory that no heap counts ends the child that takes it', async (t) => {
  const cage = createCage()
  const over = CAGE_LIMITS.growthBytes + 64 * 1024 * 1024
  t.ok(over < CAGE_LIMITS.dataBytes, 'the supervisor is the first to see it')
  const takes = (bytes: number) => `globalThis.kept = Buffer.alloc(${bytes}, 1)`
  const large = await ask(t, cage, takes(over))
  t.equal(large.reason, 'memory')
  t.match(large.answer, { ok: false, death: { class: 'MEMORY', offender: true } })
  const small = await ask(t, cage, takes(CAGE_LIMITS.growthBytes / 4))
  t.equal(small.reason, 'slice', 'control: less is only silence')
})

t.test('an answer that is none to the question ends the child', async (t) => {
  const cage = createCage()
  const says = (header: object) => ask(t, cage, `write(frame(${JSON.stringify(JSON.stringify(header))}, '[]'))`)
  const slice = { t: 'slice', run: 2, end: 'done', cpuMs: 0 }
  t.ok((await says(slice)).answer.ok, 'control')
  for (const header of [{ ...slice, run: 1 }, { t: 'done' }, { t: 'loaded', unit: 2, ok: true }]) {
    const { answer, reason } = await says(header)
    t.notOk(answer.ok, JSON.stringify(header))
    t.equal(reason, 'protocol')
  }
})

t.test('who spoils the child is blamed for it, whenever it asks, and nobody else is', async (t) => {
  const child = await start(t, createCage(), '')
  const [spoiler, neighbour] = [2, 3].map((run) => child.ask({ t: 'pull', run, timeoutMs: 100, now: 0 }, '', 1_000))
  child.kill('memory', 2)
  const late = child.ask({ t: 'deliver', run: 2, timeoutMs: 100, now: 0 }, '', 1_000)
  for (const answer of [spoiler, late]) t.match(await answer, { ok: false, death: { class: 'MEMORY', offender: true } })
  t.match(await neighbour, { ok: false, death: { class: 'CRASH', offender: false } })
})

t.test('when the service ends, all runs were stopped', async (t) => {
  const child = await start(t, createCage(), '')
  const asked = [2, 3].map((run) => child.ask({ t: 'pull', run, timeoutMs: 100, now: 0 }, '', 1_000))
  child.kill('close')
  for (const answer of await Promise.all(asked)) t.match(answer, { ok: false, death: { class: 'CANCELLED' } })
})
