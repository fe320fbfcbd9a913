import t from 'tap'
import { CIRCUIT_LIMITS } from '../../../runtime/invocations/circuits.ts'
import type { Sandbox } from '../../../runtime/sandbox/run.ts'
import { eventually } from '../../faults/eventually.ts'
import { entryScript, openSandbox, startGuest } from '../../runtime/sandbox/start-guest.ts'
import { GRACE_MS } from '../harness/attack-limits.ts'
import { openRuntime, type TestRuntime } from './open-runtime.ts'

/** Soon over, as there are many. */
const LIMITS = { sliceMs: 20, cpuMs: 20, wallMs: 2_000 }
const LOOPS = 'check() { for (;;) {} }'
const FINE = 'check: () => "fine"'

t.test('an installation that kills its process over and over', async (t) => {
  const bare = await openSandbox(t, { maxChildren: 4 })
  for (let runs = 1; runs <= 2; runs++) {
    const same = { installationId: 'ins_bare', digest: 'bare', limits: LIMITS }
    await startGuest(bare, entryScript(LOOPS), same).step()
    await killsReach(bare, runs)
  }
  t.pass('control: where nobody counts, each run costs a process')
  await bare.close()

  const runtime = await openRuntime(t, { maxChildren: 4, spares: 1 })
  const attacker = runtime.install(LOOPS)
  const neighbour = runtime.install(FINE)
  const other = runtime.install(FINE, { organizationId: 'org_other' })
  const asking = keepAsking(runtime, other)
  for (let deaths = 0; deaths < CIRCUIT_LIMITS.deaths; deaths++)
    t.match(await runtime.invoke(attacker, { limits: LIMITS }), { ok: false, failure: { class: 'CPU', code: 'CPU' } })
  const killed = await killsReach(runtime.sandbox, CIRCUIT_LIMITS.deaths)
  for (let more = 0; more < 10; more++)
    t.match(await runtime.invoke(attacker, { limits: LIMITS }), { ok: false, failure: { code: 'CIRCUIT_OPEN' } })
  t.equal(killsOf(runtime.sandbox), killed, 'and not one more')
  t.match(await runtime.invoke(neighbour), { ok: true, value: 'fine' }, 'its neighbour runs')
  const { slowestMs, failures, answered } = await asking.stop()
  t.same(failures, [])
  t.ok(
    answered > 10 && slowestMs < GRACE_MS,
    `others were answered ${answered} times, within ${Math.round(slowestMs)} ms`,
  )
  await spareIsBack(runtime.sandbox)
  await runtime.audit.flush()
  const { data } = await runtime.audit.list('org_attacked', { action: 'installation.circuit_opened' })
  t.match(data, [{ actor: `installation:${attacker.id}`, rule: 'CPU' }], 'its admin is told, once')
  runtime.upgrade(attacker, FINE)
  t.match(await runtime.invoke(attacker), { ok: true, value: 'fine' }, 'a mended version runs at once')
})

t.test('deaths of many kinds, many at a time', async (t) => {
  const runtime = await openRuntime(t, { maxChildren: 8, spares: 2 })
  const kinds = [
    LOOPS,
    'check() { Array(1e9).fill(0) }',
    'check() { throw new Proxy({}, { get() { for (;;) {} } }) }',
    'check() { const a = []; for (;;) a.push(new Array(1000).fill(1)) }',
  ]
  const attackers = kinds.map((members, index) => runtime.install(members, { organizationId: `org_${index}` }))
  const other = runtime.install(FINE, { organizationId: 'org_other' })
  await runtime.invoke(other)
  const asking = keepAsking(runtime, other)
  for (let round = 0; round < 1; round++) {
    const outcomes = await Promise.all(attackers.map((attacker) => runtime.invoke(attacker, { limits: LIMITS })))
    for (const outcome of outcomes) t.notOk(outcome.ok)
  }
  const { slowestMs, failures } = await asking.stop()
  t.same(failures, [])
  t.ok(slowestMs < GRACE_MS, `others waited ${Math.round(slowestMs)} ms`)
  t.ok(await killsReach(runtime.sandbox, kinds.length), 'control: processes died of it')
  await spareIsBack(runtime.sandbox)
})

function killsOf(sandbox: Sandbox): number {
  const { start = 0, close = 0, ...kills } = sandbox.status().kills
  if (start > 0) throw new Error(`${start} children did not start`)
  return Object.values(kills).reduce((sum, count) => sum + count, close * 0)
}

function killsReach(sandbox: Sandbox, count: number): Promise<number> {
  const look = async () => (killsOf(sandbox) >= count ? killsOf(sandbox) : undefined)
  return eventually(`${count} processes died`, look, { withinMs: GRACE_MS, everyMs: 5 })
}

function spareIsBack(sandbox: Sandbox): Promise<true> {
  const isSpare = ({ state, organizationId }: { state: string; organizationId?: string }) =>
    state === 'idle' && organizationId === undefined
  const look = async () => sandbox.status().children.some(isSpare) || undefined
  return eventually('a spare is back', look, { withinMs: 2 * GRACE_MS, everyMs: 10 })
}

function keepAsking(runtime: TestRuntime, installation: ReturnType<TestRuntime['install']>) {
  const failures: string[] = []
  let [answered, slowestMs, over] = [0, 0, false]
  const asking = (async () => {
    while (!over) {
      const started = performance.now()
      const outcome = await runtime.invoke(installation)
      slowestMs = Math.max(slowestMs, performance.now() - started)
      if (outcome.ok) answered++
      else failures.push(JSON.stringify(outcome.failure))
      await new Promise((resolve) => setTimeout(resolve, 5))
    }
  })()
  return {
    async stop() {
      over = true
      await asking
      return { failures, answered, slowestMs }
    },
  }
}
