import { ANYWHERE } from '../harness/attack.ts'
import { attackFamily } from '../harness/attack-family.ts'
import { spins } from '../harness/control.ts'

const isOne = (value: unknown) => value === 1

attackFamily({
  title: 'code that runs when nobody waits for it any more',
  attacks: [
    {
      title: 'a timer that outlives its run',
      code: 'setTimeout(() => { for (;;) {} }, 20); return 1',
      harmless: isOne,
      control: spins(),
    },
    {
      title: 'the answer to a call that nobody awaited',
      code: 'ctx.kv.get("k").then(() => { for (;;) {} }); return 1',
      ends: ['CPU'],
      harmless: isOne,
      control: spins(),
    },
    {
      title: 'a promise that goes on after the result',
      code: '(async () => { for (;;) await 0 })(); return 1',
      ends: ['CPU'],
      control: spins(),
    },
    {
      title: 'a generator that loops when it is closed before its end',
      script: `var annexExtension = { default: { kind: 'connector',
        async *attack() { try { yield 'fine'; yield 'more' } finally { for (;;) {} } } } }`,
      code: '',
      harmless: (value) => value === 'fine',
      control: spins(),
    },
    {
      title: 'a generator that goes on beside its page',
      script: `var annexExtension = { default: { kind: 'connector',
        async *attack(ctx) { const beside = async () => { for (;;) await 0 }
          yield 'fine'; beside(); yield 'more' } } }`,
      code: '',
      harmless: (value) => value === 'fine',
      control: spins(),
    },
    {
      title: 'finalizers that loop',
      code: `globalThis.registry = new FinalizationRegistry(() => { for (;;) {} })
        for (let i = 0; i < 20; i++) { registry.register({ bytes: new Array(10_000).fill(i) }, i); await ctx.kv.get('k') }
        for (let i = 0; i < 40; i++) { globalThis.garbage = new Array(100_000).fill(i); await ctx.kv.get('k') }
        return 1`,
      limits: { wallMs: 3_000, cpuMs: 1_500 },
      ends: ['CPU', 'MEMORY'],
      harmless: isOne,
      control: spins(),
    },
    {
      title: 'finalizers of everything that a script leaves behind',
      code: `globalThis.registry = new FinalizationRegistry(() => { for (;;) {} })
        for (let i = 0; i < 8_000; i++) registry.register(new Array(2_000).fill(i), i)`,
      ends: ['CPU', 'MEMORY'],
      harmless: () => true,
      modes: ANYWHERE,
      control: spins(),
    },
    {
      title: 'a listener that loops when the run is cancelled',
      code: 'ctx.signal.addEventListener("abort", () => { for (;;) {} }); await new Promise((resolve) => setTimeout(resolve, 1_000))',
      cancelAfterMs: 100,
      ends: ['CANCELLED', 'CPU'],
      control: spins(),
    },
    {
      title: 'a listener that calls and waits when the run is cancelled',
      code: `const go = async () => { for (;;) { await ctx.kv.get('k').catch(() => {}); await 0 } }
        ctx.signal.addEventListener('abort', go); await new Promise((resolve) => setTimeout(resolve, 1_000))`,
      cancelAfterMs: 100,
      ends: ['CANCELLED', 'CPU', 'QUOTA'],
      control: spins(),
    },
  ],
})
