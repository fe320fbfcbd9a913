import t from 'tap'
import type { Json } from '../../../sdk/json.ts'
import { openSandbox, resultOf, runGuest } from './start-guest.ts'

const DRAW = `check() {
  const bytes = crypto.getRandomValues(new Uint8Array(20))
  return [Math.random(), Math.random(), crypto.randomUUID(), [...bytes], [...crypto.getRandomValues(new Uint32Array(2))]]
}`
const seeded = (byte: string) => ({ deterministic: { now: 0, seed: byte.repeat(32) } })

t.test('the random numbers of a guest', async (t) => {
  const sandbox = await openSandbox(t)
  const drawn = async (request?: Parameters<typeof runGuest>[2], members = DRAW): Promise<Json[]> =>
    resultOf(await runGuest(sandbox, members, request)) as Json[]

  t.test('follow from the seed alone', async (t) => {
    const first = await drawn(seeded('01'))
    t.same(await drawn(seeded('01')), first)
    t.notSame(await drawn(seeded('02')), first)
    t.not(first[0], first[1])
    t.match(first[2], /^[0-9a-f]{8}-[0-9a-f]{4}-4[0-9a-f]{3}-[89ab][0-9a-f]{3}-[0-9a-f]{12}$/)
  })

  t.test('are never those of another run', async (t) => {
    const [one, other] = [await drawn(), await drawn()]
    for (const [index, value] of one.entries()) t.notSame(value, other[index])
  })

  t.test('also when two runs of one installation take turns', async (t) => {
    const members = `async check(ctx) { const out = []
      for (let i = 0; i < 5; i++) { out.push(Math.random(), crypto.randomUUID()); await ctx.kv.get('k') }
      return out }`
    const installation = { installationId: 'ins_turns', digest: 'turns' }
    const alone = await drawn({ ...seeded('03'), ...installation }, members)
    const both = await Promise.all(['03', '04'].map((byte) => drawn({ ...seeded(byte), ...installation }, members)))
    t.same(both[0], alone)
    const shared = both[1]?.filter((value) => alone.includes(value))
    t.same(shared, [])
  })

  t.test('are spread evenly over [0, 1)', async (t) => {
    const members = `check() { const bins = Array(16).fill(0)
      for (let i = 0; i < 16000; i++) { const x = Math.random(); if (!(x >= 0 && x < 1)) throw x; bins[x * 16 | 0]++ }
      return bins }`
    for (const bin of await drawn(seeded('05'), members)) t.ok(Number(bin) > 850 && Number(bin) < 1150, String(bin))
  })

  t.test('come from the same generator whatever the guest does to the language', async (t) => {
    const members = `check() {
      String.prototype.slice = () => 'ffffffff'
      globalThis.Number = Math.floor = () => 0
      return [Math.random(), Math.random.name, Math.random.length]
    }`
    const [value] = await drawn(seeded('01'))
    t.same((await drawn(seeded('01'), 'check: () => [Math.random()]'))[0], (await drawn(seeded('01'), members))[0])
    t.type(value, 'number')
  })
})
