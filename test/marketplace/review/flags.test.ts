import fc from 'fast-check'
import t from 'tap'
import { FLAGS, type Flag, type FlagEvent, type Flags, flagsAfter } from '../../../marketplace/review/flags.ts'

const NAMES = Object.keys(FLAGS) as Flag[]
const rules = Object.values(FLAGS) as { set: readonly FlagEvent[]; cleared: readonly FlagEvent[]; on: string }[]
const EVENTS = [...new Set(rules.flatMap(({ set, cleared }) => [...set, ...cleared]))]

for (const name of NAMES) {
  const { on, set, cleared } = FLAGS[name]
  t.test(`${name} is raised and lowered by its own events alone`, async (t) => {
    for (const event of [...EVENTS, 'verdict.automatic'] as FlagEvent[]) {
      const raised = flagsAfter({}, event, on, 'now')[name] !== undefined
      const left = flagsAfter({ [name]: 'then' }, event, on, 'now')[name]
      t.equal(raised, (set as readonly FlagEvent[]).includes(event), `${event} raises`)
      t.equal(left, (cleared as readonly FlagEvent[]).includes(event) ? undefined : 'then', `${event} lowers`)
    }
  })
}

t.test('after any history a flag is up exactly if the last event that touches it raised it', async (t) => {
  const told = fc.property(fc.array(fc.constantFrom(...EVENTS)), fc.constantFrom(...NAMES), (history, name) => {
    const { on, set, cleared } = FLAGS[name] as (typeof rules)[number] & { on: 'review' | 'extension' }
    const flags = history.reduce<Flags>((now, event, at) => flagsAfter(now, event, on, String(at)), {})
    const last = history.findLast((event) => set.includes(event) || cleared.includes(event))
    return (flags[name] !== undefined) === (last !== undefined && set.includes(last))
  })
  t.doesNotThrow(() => fc.assert(told))
})

t.test('what waits keeps the instant from which it waits', async (t) => {
  const once = flagsAfter({}, 'publisher.message', 'review', 'first')
  t.equal(flagsAfter(once, 'publisher.message', 'review', 'second').author_replied, 'first')
})

t.test('no verdict of a machine lowers what a person raised', async (t) => {
  const blocked = flagsAfter({}, 'verdict.reject', 'extension', 'then')
  t.same(flagsAfter(blocked, 'verdict.automatic', 'extension', 'now'), blocked)
})
