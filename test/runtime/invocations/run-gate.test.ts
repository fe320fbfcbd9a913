import { setImmediate as turn } from 'node:timers/promises'
import t, { type Test } from 'tap'
import type { InvocationReason } from '../../../runtime/invocations/invocation.ts'
import type { GateRefusal, RunGate } from '../../../runtime/invocations/run-gate.ts'
import { openInvocations } from './open-invocations.ts'

const KILLED: GateRefusal = { code: 'EXTENSION_KILLED', message: 'stopped: it steals', retryable: false }
const STALE: GateRefusal = { code: 'KILL_LIST_STALE', message: 'not known', retryable: true, retryAfter: 5 }

/** A gate that is opened and closed by hand. */
function handGate() {
  const listeners: (() => void)[] = []
  const state: { refusal?: GateRefusal; ended?: GateRefusal } = {}
  const gate: RunGate = {
    refusal: ({ extension }) => (extension === '@acme/test' ? (state.ended ?? state.refusal) : undefined),
    ended: ({ extension }) => (extension === '@acme/test' ? state.ended : undefined),
    onChange: (listener) => void listeners.push(listener),
  }
  return {
    gate,
    close(how: 'refusal' | 'ended', why: GateRefusal) {
      state[how] = why
      for (const listener of listeners) listener()
    },
  }
}

/** What goes on for long says first that it began, to be seen by `hasBegun`. */
const HANDLERS = `
  async check(ctx) { await ctx.kv.set('began', 1); await new Promise((resolve) => setTimeout(resolve, 20000)) },
  async busy(ctx) { await ctx.kv.set('began', 1); for (;;) { for (let at = 0; at < 300000; at++); await new Promise((resolve) => setTimeout(resolve, 1)) } },
  async hasBegun(ctx) { return (await ctx.kv.get('began')) !== undefined },
  async quick() { return 'done' },
  async stubborn(ctx) {
    await ctx.kv.set('began', 1)
    ctx.signal.addEventListener('abort', () => { ctx.kv.set('after', 1) })
    try { await new Promise((resolve) => setTimeout(resolve, 20000)) } finally { await ctx.kv.set('after', 1) }
  },
  pages: { async *read() { for (let page = 0; ; page++) yield page } },
`

async function rig(t: Test) {
  const hand = handGate()
  const opened = await openInvocations(t, {}, { gate: hand.gate })
  const installation = opened.install(HANDLERS)
  const other = opened.install(HANDLERS, { extension: '@acme/other' })
  const request = (handler: string, { id, organizationId } = installation, reason: InvocationReason = 'check') =>
    ({ organizationId, installationId: id, handler: handler.split('.'), args: [], reason }) as const
  return { ...hand, ...opened, installation, other, request }
}

t.test('code that may not run is refused, whatever it is to run for', async (t) => {
  const { invocations, request, close, other } = await rig(t)
  t.match(await invocations.invoke(request('quick')), { ok: true, value: 'done' }, 'control')
  close('ended', KILLED)
  const reasons: InvocationReason[] = [
    ...(['check', 'sync', 'transform', 'action', 'lifecycle', 'test', 'event', 'schedule', 'webhook'] as const),
  ]
  for (const reason of reasons) {
    const outcome = await invocations.invoke(request('quick', undefined, reason))
    t.match(
      outcome,
      { ok: false, failure: { code: 'EXTENSION_KILLED', message: KILLED.message, incident: false } },
      reason,
    )
  }
  t.match(await invocations.invoke(request('quick', other)), { ok: true }, 'another one runs')
})

t.test('what runs of it ends', async (t) => {
  const { invocations, request, close, other, installation } = await rig(t)
  const pages = await invocations.open(request('pages.read'))
  const others = await invocations.open(request('pages.read', other))
  t.match(await pages.next(), { ok: true, value: 0 })
  t.match(await others.next(), { ok: true, value: 0 })
  const waiting = invocations.invoke(request('quick', other))
  close('ended', KILLED)
  t.match(
    await pages.next(),
    { ok: false, failure: { code: 'EXTENSION_KILLED', class: 'CANCELLED' } },
    'between two pages',
  )
  t.match(await others.next(), { ok: true, value: 1 }, 'and nothing else does')
  t.match(await waiting, { ok: true })
  await Promise.all([pages.close(), others.close()])
  const rows = (await invocations.runs(installation.organizationId, { installationId: installation.id })).data
  t.match(
    rows,
    [{ outcome: 'failed', failure: { code: 'EXTENSION_KILLED', message: KILLED.message } }],
    'its row says why',
  )
})

for (const handler of ['check', 'busy', 'stubborn']) {
  t.test(`in the middle of its work: ${handler}`, async (t) => {
    const { invocations, request, close, installation } = await rig(t)
    const opened = await invocations.open({ ...request(handler), limits: { cpuMs: 60_000, wallMs: 60_000 } })
    const step = opened.next()
    const hasBegun = async () => {
      const seen = await invocations.invoke(request('hasBegun'))
      return seen.ok && seen.value === true
    }
    while (!(await hasBegun())) await turn()
    close('ended', KILLED)
    t.match(await step, { ok: false, failure: { code: 'EXTENSION_KILLED' } })
    await opened.close()
    const { data } = await invocations.runs(installation.organizationId, { outcome: 'failed' })
    t.match(data, [{ handler, failure: { code: 'EXTENSION_KILLED' } }])
  })
}

t.test('while it is not known what may run, nothing starts, and what runs goes on', async (t) => {
  const { invocations, request, close } = await rig(t)
  const pages = await invocations.open(request('pages.read'))
  t.match(await pages.next(), { ok: true, value: 0 })
  close('refusal', STALE)
  t.match(await invocations.invoke(request('quick')), {
    ok: false,
    failure: { code: 'KILL_LIST_STALE', retryable: true, retryAfter: 5 },
  })
  t.match(await pages.next(), { ok: true, value: 1 })
  await pages.close()
})
