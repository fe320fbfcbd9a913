import t from 'tap'
import { NODE_FLAGS } from '../../../runtime/sandbox/cage.ts'
import { type CodeCache, codeCacheKey } from '../../../runtime/sandbox/code-cache.ts'
import { openHostileWorker } from './hostile-worker.ts'

/** A child that is ours until it has run a guest, and the guest's from then on. */
const TURNS = {
  does: `
    let turned = false
    for (let next = q; ; next = read()) {
      if (next.t === 'run') turned = true
      if (next.t === 'load') answer({ t: 'loaded', unit: next.unit, ok: true }, turned ? 'forged' : 'made')
      else serve(next)
    }`,
  at: 'load',
} as const

/** The first line makes the child attack; what follows makes it another source. */
const source = (name: string) => `// idea 0\nvar annexExtension = '${name}'`
const cacheOf = (cache: CodeCache, name: string): string | undefined => {
  const bytes = cache.get(codeCacheKey(Buffer.from(source(name)), NODE_FLAGS))
  return bytes && Buffer.from(bytes).toString()
}

t.test('compiled code is taken from a child in which no guest has run', async (t) => {
  const { start, cache } = await openHostileWorker(t, [TURNS], 2)
  for (const name of ['first', 'second']) {
    const run = start({ installationId: `ins_${name}`, digest: name }, source(name))
    t.match(await run.step(), { ok: true, value: 'fine' })
    await run.close()
  }
  t.equal(cacheOf(cache, 'first'), 'made', 'control: what it says is kept for everybody')
  t.equal(cacheOf(cache, 'second'), undefined, 'and not a word of it afterwards')
})

t.test('nor when it was asked before a guest ran, and answers after', async (t) => {
  const { start, cache } = await openHostileWorker(t, [TURNS], 2)
  // Code of one installation waits in line while another one's runs already.
  const names = Array.from({ length: 8 }, (_, i) => `waiting ${i}`)
  const runs = names.map((name) => start({ installationId: 'ins_waits', digest: name }, source(name)))
  const turning = start({ installationId: 'ins_turns', digest: 'turns' }, source('turns'))
  const [first, ...rest] = runs
  const steps = [first?.step(), turning.step(), ...rest.map((run) => run.step())]
  for (const result of await Promise.all(steps)) t.match(result, { ok: true, value: 'fine' })
  const kept = names.map((name) => cacheOf(cache, name))
  t.ok(kept.includes('made'), 'control: those that came in time are kept')
  t.notOk(kept.includes('forged'), 'what comes from a guest is kept for nobody')
  await Promise.all([turning, ...runs].map((run) => run.close()))
})
