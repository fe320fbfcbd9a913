import { attackFamily } from '../harness/attack-family.ts'
import { spins } from '../harness/control.ts'

/** Computes for about so many milliseconds: by count, as a clock would also count what others compute. */
const burn = (ms: number) => `for (let left = ${ms * ROUNDS_A_MS}; left > 0; left--);`
/** Of an engine without a compiler, on a machine of today. */
const ROUNDS_A_MS = 150_000

attackFamily({
  title: 'just under the limit',
  attacks: [
    {
      title: 'slices that each stay under their limit',
      code: `for (;;) { ${burn(40)} await ctx.kv.get('k') }`,
      ends: ['CPU'],
      control: spins(),
    },
    {
      title: 'slices that timers begin',
      code: `for (;;) { ${burn(40)} await new Promise((resolve) => setTimeout(resolve, 0)) }`,
      ends: ['CPU'],
      control: spins(),
    },
    {
      title: 'many cheap runs, one after the other',
      code: `${burn(60)} return 'done'`,
      times: 16,
      harmless: (value) => value === 'done',
      control: spins(),
    },
    {
      title: 'many cheap runs at once',
      code: `${burn(40)} return 'done'`,
      times: 24,
      atOnce: 24,
      limits: { wallMs: 5_000 },
      harmless: (value) => value === 'done',
      control: spins(),
    },
    {
      title: 'many runs at once, each slice of them just under the limit',
      code: `for (let i = 0; i < 2; i++) { ${burn(75)} await ctx.kv.get('k') } return 'done'`,
      times: 16,
      atOnce: 16,
      limits: { wallMs: 6_000 },
      ends: ['CPU'],
      harmless: (value) => value === 'done',
      control: spins(),
    },
  ],
})
