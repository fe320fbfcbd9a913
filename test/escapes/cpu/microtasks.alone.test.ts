import { ANYWHERE } from '../harness/attack.ts'
import { attackFamily } from '../harness/attack-family.ts'
import { spins } from '../harness/control.ts'

attackFamily({
  title: 'reactions of promises that never run dry',
  attacks: [
    {
      title: 'a promise whose reaction makes the next',
      code: 'const next = () => { Promise.resolve().then(next) }; next(); await ctx.kv.get("k")',
      ends: ['CPU'],
      control: spins(),
    },
    { title: 'an await of nothing, again and again', code: 'for (;;) await 0', ends: ['CPU'], control: spins() },
    {
      title: 'reactions set going while the script is loaded',
      code: 'const next = () => { Promise.reject().catch(next) }; next()',
      ends: ['CPU'],
      modes: ANYWHERE,
      control: spins(),
    },
    {
      title: 'an asynchronous generator that never ends',
      code: 'async function* g() { for (;;) yield 1 } for await (const x of g()) globalThis.x = x',
      ends: ['CPU'],
      control: spins(),
    },
    {
      title: 'a thenable that resolves to the next of its kind',
      code: 'const thenable = () => ({ then: (resolve) => resolve(thenable()) }); return thenable()',
      ends: ['CPU'],
      control: spins(),
    },
    {
      title: 'a loop in the reaction to the answer of a host call',
      code: 'await ctx.kv.get("k").then(() => { for (;;) {} })',
      ends: ['CPU'],
      control: spins(),
    },
    {
      title: 'a loop in finally of a call that was refused',
      code: 'await ctx.fetch("https://nowhere.example/").finally(() => { for (;;) {} })',
      ends: ['CPU'],
      control: spins(),
    },
    {
      title: 'a patched then that the prelude might call',
      code: `const { then } = Promise.prototype
        Promise.prototype.then = function (...reactions) { for (;;) {} }
        return new Promise((resolve) => resolve(1))`,
      ends: ['CPU'],
      control: spins(),
    },
  ],
})
