import { ANYWHERE } from '../harness/attack.ts'
import { attackFamily } from '../harness/attack-family.ts'
import { spins } from '../harness/control.ts'

attackFamily({
  title: 'code that never comes back',
  attacks: [
    { title: 'an endless loop', code: 'for (;;) {}', ends: ['CPU'], modes: ANYWHERE, control: spins() },
    {
      title: 'a loop that allocates into a global and ignores termination',
      code: 'for (;;) { globalThis.k = new Array(1000) }',
      ends: ['CPU', 'MEMORY'],
      modes: ANYWHERE,
      control: spins(),
    },
    {
      title: 'a loop in finally, for when the loop in try is ended',
      code: 'try { for (;;) {} } catch { for (;;) {} } finally { for (;;) {} }',
      ends: ['CPU'],
      modes: ANYWHERE,
      control: spins(),
    },
    {
      title: 'labelled loops that jump out of finally',
      code: 'outer: for (;;) { for (;;) { try { globalThis.n = (globalThis.n | 0) + 1 } finally { continue outer } } }',
      ends: ['CPU'],
      modes: ANYWHERE,
      control: spins(),
    },
    {
      title: 'recursion that starts again in each finally',
      code: 'const f = () => { try { f() } finally { f() } }; f()',
      ends: ['CPU'],
      modes: ANYWHERE,
      control: spins(),
    },
    {
      title: 'a generator that is drained and never ends',
      code: 'function* g() { for (;;) yield 1 } for (const x of g()) globalThis.x = x',
      ends: ['CPU'],
      modes: ANYWHERE,
      control: spins(),
    },
    {
      title: 'an iterator whose return never returns',
      code: `const endless = { next: () => ({ done: false }), return() { for (;;) {} }, [Symbol.iterator]() { return this } }
        for (const x of endless) break`,
      ends: ['CPU'],
      modes: ANYWHERE,
      control: spins(),
    },
    {
      title: 'getters that the language itself calls',
      code: `const looping = { get length() { for (;;) {} }, get [Symbol.isConcatSpreadable]() { for (;;) {} } }
        ;[].concat(looping)`,
      ends: ['CPU'],
      modes: ANYWHERE,
      control: spins(),
    },
  ],
})
