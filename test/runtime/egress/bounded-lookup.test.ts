import type { LookupAddress } from 'node:dns'
import { setTimeout as sleep } from 'node:timers/promises'
import t from 'tap'
import { createBoundedLookup } from '../../../runtime/egress/bounded-lookup.ts'
import { LOOKUP_LIMITS } from '../../../runtime/egress/egress-limits.ts'
import { grant, openGate, outcomeOf } from './open-gate.ts'
import { startUpstream } from './start-upstream.ts'

const FOUND: LookupAddress[] = [{ address: '127.0.0.1', family: 4 }]

/** A name server that keeps silent until it is told to answer a host. */
function silentLookup() {
  const asked: string[] = []
  const answers = new Map<string, () => void>()
  const lookup = (host: string) => {
    asked.push(host)
    return new Promise<LookupAddress[]>((resolve) => answers.set(host, () => resolve(FOUND)))
  }
  return { asked, lookup, answer: (host: string) => answers.get(host)?.() }
}

/** Lets everything that is ready run. */
const settle = () => new Promise((resolve) => setImmediate(resolve))

t.test('an organization has two look-ups under way and all together three', async (t) => {
  const { asked, lookup, answer } = silentLookup()
  const bounded = createBoundedLookup(lookup)
  const all = ['a1', 'a2', 'a3', 'b1', 'b2', 'c1'].map((host) => bounded(`org_${host[0]}`, host))
  t.same(asked, ['a1', 'a2', 'b1'])
  answer('b1')
  await settle()
  t.same(asked.slice(3), ['b2'], 'the first whose organization has room, not the first of all')
  for (const host of ['a1', 'a2', 'b2']) answer(host)
  await settle()
  t.same(asked.slice(4).sort(), ['a3', 'c1'])
  for (const host of ['a3', 'c1']) answer(host)
  t.same(await Promise.all(all), Array(6).fill(FOUND))
})

t.test('a look-up that fails gives its place back', async (t) => {
  const bounded = createBoundedLookup(() => Promise.reject(new Error('no such name')))
  for (let i = 0; i < 5; i++) await t.rejects(bounded('org_a', 'x'), { message: 'no such name' })
})

t.test('what waits is bounded, for each organization', async (t) => {
  const { asked, lookup, answer } = silentLookup()
  const bounded = createBoundedLookup(lookup)
  const taken = Array.from({ length: 66 }, (_, i) => bounded('org_a', `a${i}`))
  const refused: unknown = await bounded('org_a', 'one too many').catch((error: unknown) => error)
  t.match(refused, { denial: { code: 'QUOTA_EXCEEDED', rule: 'parallel-lookups' } })
  const other = bounded('org_b', 'b')
  for (let done = 0; done < asked.length; done++) {
    answer(asked[done] ?? '')
    await settle()
  }
  t.same(await Promise.all([...taken, other]), Array(67).fill(FOUND))
  t.notOk(asked.includes('one too many'))
})

t.test(
  'one that takes too long is given up by whoever waits, and keeps its place until the system is done',
  async (t) => {
    const { asked, lookup, answer } = silentLookup()
    const bounded = createBoundedLookup(lookup, { ...LOOKUP_LIMITS, totalMs: 100 })
    const lost = ['a1', 'a2', 'a3'].map((host) => bounded('org_a', host))
    const given = Promise.allSettled(lost)
    await sleep(200)
    t.match(await given, Array(3).fill({ status: 'rejected', reason: { code: 'ETIMEOUT' } }))
    const next = bounded('org_a', 'a4')
    await settle()
    t.same(asked, ['a1', 'a2'], 'both threads are still held, and nobody asks for the third name any more')
    answer('a1')
    await settle()
    t.same(asked.slice(2), ['a4'])
    answer('a4')
    t.same(await next, FOUND)
  },
)

t.test('the names of one organization that nobody answers leave another served', async (t) => {
  const upstream = await startUpstream(t)
  const asked: string[] = []
  const lookup = (host: string) => {
    asked.push(host)
    return host.endsWith('silent.example') ? new Promise<LookupAddress[]>(() => {}) : Promise.resolve(FOUND)
  }
  const { port } = upstream
  const gate = await openGate(t, [grant('*.silent.example', port), grant('api.erp.example', port)], { lookup })
  const stuck = Array.from({ length: 6 }, (_, i) =>
    gate.get(`http://h${i}.silent.example:${port}/`, { limits: { totalMs: 500 } }),
  )
  const served = await gate.get(`http://api.erp.example:${port}/`, {
    organizationId: 'org_b',
    actor: 'installation:ins_2',
  })
  t.equal(outcomeOf(served), '200')
  t.same((await Promise.all(stuck)).map(outcomeOf), Array(6).fill('TIMEOUT'))
  t.equal(asked.filter((host) => host.endsWith('silent.example')).length, 2)
})

t.test('a run that is stopped does not wait for a name that nobody answers', async (t) => {
  const gate = await openGate(t, [grant('silent.example', 80)], { lookup: () => new Promise(() => {}) })
  const run = new AbortController()
  const stuck = gate.get('http://silent.example/', { signal: run.signal })
  await sleep(50)
  run.abort()
  t.equal(await Promise.race([stuck.then(outcomeOf), sleep(5000, 'stuck', { ref: false })]), 'CANCELLED')
})
