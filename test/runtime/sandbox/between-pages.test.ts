import type { Json } from '@annex/sdk/json'
import t from 'tap'
import { eventually } from '../../faults/eventually.ts'
import { entryScript, openSandbox, resultOf, startGuest } from './start-guest.ts'

const LIMITS = { limits: { wallMs: 60_000 } }
/** Gives a page, and does something a moment later: long enough for the page to be out on a busy machine. */
const pages = (later: string) =>
  entryScript(`async *check() { setTimeout(() => { ${later} }, 250); await new Promise((go) => setTimeout(go, 1))
    yield 'a page'; await new Promise((go) => setTimeout(go, 20_000)); yield 'never' }`)

const PLAIN = entryScript("async *check() { yield 'a page'; yield 'never' }")

t.test('what ends a run while a page is out is told with the next step', async (t) => {
  const sandbox = await openSandbox(t)
  const run = startGuest(sandbox, pages('for (;;) {}'), LIMITS)
  t.equal(resultOf(await run.step()), 'a page')
  t.match(await run.step(), { ok: false, failure: { class: 'CPU', incident: true } })
  t.match(await run.step(), { ok: false, failure: { class: 'CANCELLED', incident: false } }, 'once')
  t.equal(await run.close(), undefined)
})

t.test('an error between pages is the run’s own, and takes no process along', async (t) => {
  const sandbox = await openSandbox(t)
  const run = startGuest(sandbox, pages("throw new Error('of its own')"), LIMITS)
  t.equal(resultOf(await run.step()), 'a page')
  const { ok } = await run.step()
  t.notOk(ok)
  t.same(sandbox.status().kills, {})
  await run.close()
})

t.test('a run whose page is out when its process dies may be tried again', async (t) => {
  const sandbox = await openSandbox(t, { spares: 0 })
  const run = startGuest(sandbox, PLAIN, LIMITS)
  t.equal(resultOf(await run.step()), 'a page')
  const [child] = sandbox.status().children
  if (child) process.kill(child.pid, 'SIGKILL')
  await eventually('it is gone', async () => sandbox.status().children.length === 0 || undefined, {
    withinMs: 5_000,
    everyMs: 5,
  })
  t.match(await run.step(), { ok: false, failure: { class: 'CRASH', retryable: true, incident: false } })
  await run.close()
})

t.test('what ended a run is told at its end, when nobody pulls more', async (t) => {
  const sandbox = await openSandbox(t, { spares: 0 })
  const run = startGuest(sandbox, PLAIN, LIMITS)
  t.equal(resultOf(await run.step()), 'a page')
  const [child] = sandbox.status().children
  if (child) process.kill(child.pid, 'SIGKILL')
  await eventually('it is gone', async () => sandbox.status().children.length === 0 || undefined, {
    withinMs: 5_000,
    everyMs: 5,
  })
  t.match(await run.close(), { class: 'CRASH', incident: false })
})

t.test('a script whose compiling kills the process is blamed for it', async (t) => {
  const sandbox = await openSandbox(t)
  const run = startGuest(sandbox, `${'(()=>{})();'.repeat(180_000)}${pages('')}`, LIMITS)
  const result = await run.step()
  t.ok(result.ok || result.failure.incident, 'what it does to the process is put down to it')
  await run.close()
})

t.test('timers of all pages together are bounded, and the guest is told', async (t) => {
  const sandbox = await openSandbox(t)
  const source = entryScript(`async *check() { const refused = []
    for (let page = 0; page < 8; page++) {
      try { for (let i = 0; i < 190; i++) setTimeout(() => {}, 60_000) } catch (error) { refused.push(error.code) }
      yield refused
    } }`)
  const run = startGuest(sandbox, source, LIMITS)
  const pages: Json[] = []
  for (let page = 0; page < 8; page++) pages.push(resultOf(await run.step()))
  t.same(pages[4], [])
  t.same(pages[7], ['QUOTA_EXCEEDED', 'QUOTA_EXCEEDED', 'QUOTA_EXCEEDED'])
  await run.close()
})
