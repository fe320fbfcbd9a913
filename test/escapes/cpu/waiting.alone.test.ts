import { attackFamily } from '../harness/attack-family.ts'
import { spins, stalls } from '../harness/control.ts'

attackFamily({
  title: 'runs that wait',
  attacks: [
    {
      title: 'a promise that never settles',
      code: 'await new Promise(() => {})',
      ends: ['WALL'],
      control: stalls(),
    },
    {
      title: 'a thenable that never calls back',
      code: 'return { then() {} }',
      ends: ['WALL'],
      control: stalls(),
    },
    {
      title: 'an asynchronous iteration that never settles',
      code: 'for await (const x of { [Symbol.asyncIterator]: () => ({ next: () => new Promise(() => {}) }) });',
      ends: ['WALL'],
      control: stalls(),
    },
    {
      title: 'a timer longer than the run may be',
      code: 'await new Promise((resolve) => setTimeout(resolve, 1e9))',
      ends: ['WALL'],
      control: stalls(),
    },
    {
      title: 'timers that set the next',
      code: 'for (;;) await new Promise((resolve) => setTimeout(resolve, 1))',
      ends: ['WALL', 'QUOTA'],
      control: stalls(),
    },
    {
      title: 'host calls, one after the other, without end',
      code: 'for (;;) await ctx.kv.get("k").catch(() => new Promise((resolve) => setTimeout(resolve, 5)))',
      ends: ['WALL', 'QUOTA'],
      control: stalls(),
    },
    {
      title: 'a timer that is set again by an interval of the extension itself',
      code: 'const beat = () => { for (let i = 0; i < 1e5; i++); setTimeout(beat, 0) }; beat(); await new Promise(() => {})',
      ends: ['CPU', 'QUOTA'],
      control: spins(),
    },
  ],
})
