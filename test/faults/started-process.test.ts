import { join } from 'node:path'
import t from 'tap'
import { eventually } from './eventually.ts'
import { createRandom } from './random.ts'
import { startProcess } from './started-process.ts'

const TICKER = 'let n = 0; setInterval(() => console.log(++n), 5); process.on("SIGTERM", () => process.exit(3))'
const folder = t.testdir({
  'ticker.ts': TICKER,
  'deaf.ts': 'setInterval(() => {}, 1000); console.log(Object.keys(process.env).join())',
})
const ticks = (output: string) => Number(output.trim().split('\n').at(-1))

t.test('a killed process is gone', async (t) => {
  const ticker = startProcess(t, { entry: join(folder, 'ticker.ts'), env: {} })
  await eventually('it ticks', async () => (ticks(ticker.output()) > 2 ? true : undefined), { withinMs: 10_000 })
  await ticker.kill()
  t.same(await ticker.ended, { code: null, signal: 'SIGKILL' })
  t.throws(() => process.kill(ticker.pid, 0), { code: 'ESRCH' })
})

t.test('a frozen process does nothing until it is thawed', async (t) => {
  const ticker = startProcess(t, { entry: join(folder, 'ticker.ts'), env: {} })
  const passed = (count: number) => async () => (ticks(ticker.output()) > count ? true : undefined)
  await eventually('it ticks', passed(2), { withinMs: 10_000 })
  ticker.freeze()
  await eventually('the last output is read', passed(2), { withinMs: 1000 })
  await new Promise((resolve) => setTimeout(resolve, 50))
  const frozen = ticks(ticker.output())
  await new Promise((resolve) => setTimeout(resolve, 200))
  t.equal(ticks(ticker.output()), frozen)
  ticker.thaw()
  await eventually('it ticks on', passed(frozen), { withinMs: 10_000 })
  t.equal(await ticker.stop(), 3)
})

t.test('a process gets the given environment and no other', async (t) => {
  const started = startProcess(t, { entry: join(folder, 'deaf.ts'), env: { ONLY: 'this' } })
  const line = await eventually('it prints', async () => started.output() || undefined, { withinMs: 10_000 })
  t.equal(line.trim(), 'PATH,ONLY')
})

t.test('the same seed gives the same numbers', async (t) => {
  const [a, b, c] = [createRandom(7), createRandom(7), createRandom(8)]
  const numbers = (random: typeof a) => Array.from({ length: 20 }, () => random?.between(1, 1000))
  const first = numbers(a)
  t.same(numbers(b), first)
  t.notSame(numbers(c), first)
  t.ok(first.every((number) => number !== undefined && number >= 1 && number <= 1000))
})
