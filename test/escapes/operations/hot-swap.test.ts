import t from 'tap'
import type { HostCall } from '../../../runtime/sandbox/host-call.ts'
import { entryScript, openSandbox, resultOf, startGuest } from '../../runtime/sandbox/start-guest.ts'
import { openRuntime } from './open-runtime.ts'

const VERSIONS = 5
const says = (version: number) => `async check(ctx, waits) { if (waits) await ctx.kv.get('wait'); return ${version} }`
const pages = (version: number) => `async *check(ctx) { for (;;) { await ctx.kv.get('page'); yield ${version} } }`

t.test('a host that knows code by its installation alone runs the wrong one', async (t) => {
  const sandbox = await openSandbox(t, { maxChildren: 1 })
  const values = []
  for (const version of [1, 2]) {
    const run = startGuest(sandbox, entryScript(says(version)), {
      installationId: 'ins_1',
      digest: 'same',
      args: [false],
    })
    values.push(resultOf(await run.step()))
    await run.close()
  }
  t.same(values, [1, 1], 'control: under one digest for both the old code goes on')
})

t.test('a version is changed while runs of it are under way', async (t) => {
  const held: (() => void)[] = []
  const before = (call: HostCall) =>
    JSON.stringify(call.args).includes('wait') ? new Promise<void>((resolve) => held.push(resolve)) : undefined
  const runtime = await openRuntime(t, { maxChildren: 2, before })
  const installation = runtime.install(says(0))
  const begun: { version: number; outcome: ReturnType<typeof runtime.invoke> }[] = []
  for (let version = 0; version < VERSIONS; version++) {
    if (version > 0) runtime.upgrade(installation, says(version))
    const from = held.length
    for (let i = 0; i < 3; i++)
      begun.push({ version, outcome: runtime.invoke(installation, { args: [true], limits: {} }) })
    while (held.length < from + 3) await new Promise((resolve) => setTimeout(resolve, 2))
    t.match(
      await runtime.invoke(installation, { args: [false] }),
      { ok: true, value: version },
      'who comes gets the new',
    )
  }
  for (const release of held) release()
  for (const { version, outcome } of begun)
    t.match(await outcome, { ok: true, value: version }, 'who was there keeps the old')
})

t.test('a generator goes on page by page in the version that it began in', async (t) => {
  const runtime = await openRuntime(t, { maxChildren: 2 })
  const installation = runtime.install(pages(0))
  const { organizationId, id } = installation
  const open = () =>
    runtime.invocations.open({ organizationId, installationId: id, handler: ['check'], args: [], reason: 'sync' })
  const runs = []
  for (let version = 0; version < VERSIONS; version++) {
    if (version > 0) runtime.upgrade(installation, pages(version))
    runs.push(await open())
    for (const [began, run] of runs.entries()) t.match(await run.next(), { ok: true, value: began, done: false })
  }
  await Promise.all(runs.map((run) => run.close()))
  t.match(await runtime.invocations.runs(organizationId, {}), { data: { length: VERSIONS } }, 'each has its row')
})

t.test('a version that is taken away ends no run, and one that does not compile ends only its own', async (t) => {
  const held: (() => void)[] = []
  const before = (call: HostCall) =>
    JSON.stringify(call.args).includes('wait') ? new Promise<void>((resolve) => held.push(resolve)) : undefined
  const runtime = await openRuntime(t, { maxChildren: 2, before })
  const installation = runtime.install(says(0))
  const first = runtime.invoke(installation, { args: [true], limits: {} })
  while (held.length === 0) await new Promise((resolve) => setTimeout(resolve, 2))
  runtime.upgrade(installation, 'check( {')
  t.match(await runtime.invoke(installation), {
    ok: false,
    failure: { code: 'EXTENSION_LOAD_FAILED', incident: false },
  })
  installation.digest = 'of nothing'
  t.match(await runtime.invoke(installation), {
    ok: false,
    failure: { code: 'EXTENSION_LOAD_FAILED', retryable: true },
  })
  runtime.upgrade(installation, says(2))
  t.match(await runtime.invoke(installation, { args: [false] }), { ok: true, value: 2 })
  for (const release of held) release()
  t.match(await first, { ok: true, value: 0 })
})
