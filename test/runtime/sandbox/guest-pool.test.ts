import { lstatSync } from 'node:fs'
import t from 'tap'
import { CAGE_LIMITS } from '../../../runtime/sandbox/limits.ts'
import { entryScript, failureOf, openSandbox, resultOf, startGuest } from './start-guest.ts'

const SOURCE = entryScript('check() { return "fine" }')
const WAITING = entryScript('async check(ctx) { await ctx.kv.get("k") }')

t.test('one organization fills its own part of the queue and no more', async (t) => {
  const sandbox = await openSandbox(t, { maxChildren: 1 })
  const busy = startGuest(sandbox, WAITING, { organizationId: 'org_busy', answer: () => new Promise(() => {}) })
  const first = busy.step()
  const greedy = Array.from({ length: CAGE_LIMITS.queueLengthOfOne }, () =>
    startGuest(sandbox, SOURCE, { organizationId: 'org_greedy' }),
  )
  const waiting = greedy.map((run) => run.step())
  const tooMany = startGuest(sandbox, SOURCE, { organizationId: 'org_greedy' })
  const modest = startGuest(sandbox, SOURCE, { organizationId: 'org_modest' })
  const served = modest.step()
  t.match(failureOf(await tooMany.step()), { class: 'QUEUE', message: /wait already/ })
  await Promise.all(greedy.map((run) => run.close()))
  await busy.close()
  t.equal(resultOf(await served), 'fine', 'another organization may still wait, and is served')
  await Promise.all([first, ...waiting, modest.close(), tooMany.close()])
})

t.test('no two children run as the same user', async (t) => {
  const sandbox = await openSandbox(t, { maxChildren: 2 })
  if (!sandbox.status().layers.some(({ name, active }) => name === 'own-user' && active)) {
    t.comment('this machine gives no child a user of its own')
    return
  }
  const runs = ['org_a', 'org_b'].map((organizationId) => startGuest(sandbox, SOURCE, { organizationId }))
  for (const run of runs) resultOf(await run.step())
  const bound = sandbox.status().children.filter(({ organizationId }) => organizationId !== undefined)
  const users = bound.map(({ pid }) => lstatSync(`/proc/${pid}/task`).uid)
  t.equal(users.length, 2)
  t.equal(new Set(users).size, 2, 'else one could signal the other')
  for (const run of runs) await run.close()
})
