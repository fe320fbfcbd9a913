import { attackFamily } from '../harness/attack-family.ts'
import { floods, grows, spins } from '../harness/control.ts'

/** The service must read what the guest says: its time is what these are after. */
attackFamily({
  title: 'floods for the service to read',
  attacks: [
    {
      title: 'host calls without number',
      code: 'for (;;) ctx.kv.get("k").catch(() => {})',
      ends: ['CPU', 'MEMORY'],
      control: grows(),
    },
    {
      title: 'host calls with long arguments, as many as are allowed',
      code: 'const text = "x".repeat(200_000); for (let i = 0; i < 90; i++) ctx.kv.set("k" + i, text).catch(() => {}); return 1',
      ends: ['USER_ERROR', 'CPU'],
      harmless: (value) => value === 1,
      control: floods(4 * 1024 * 1024),
    },
    {
      title: 'arguments of a million little things',
      code: `const many = Array.from({ length: 400_000 }, (_, i) => i % 10)
        for (let i = 0; i < 5; i++) await ctx.kv.set('k', many).catch(() => {})
        return 1`,
      limits: { sliceMs: 1_000, cpuMs: 2_000, wallMs: 3_000 },
      ends: ['USER_ERROR', 'CPU'],
      harmless: (value) => value === 1,
      control: floods(4 * 1024 * 1024 - 200_000),
    },
    {
      title: 'arguments nested deeper than anybody reads',
      code: `let deep = {}; for (let i = 0; i < 500; i++) deep = { deep }
        await ctx.kv.set('k', deep)`,
      ends: ['USER_ERROR'],
      control: floods(3_000),
    },
    {
      title: 'log lines without number',
      code: 'for (let i = 0; i < 50_000; i++) ctx.log.info("line " + i); return 1',
      ends: ['CPU'],
      harmless: (value) => value === 1,
      control: floods(512 * 1024),
    },
    {
      title: 'timers without number',
      code: 'for (;;) try { setTimeout(() => {}, 1) } catch {}',
      ends: ['CPU', 'MEMORY'],
      control: spins(),
    },
    {
      title: 'a result that is all one long text',
      code: 'return "\\u0000".repeat(600_000)',
      ends: ['USER_ERROR'],
      harmless: (value) => typeof value === 'string' && value.length === 600_000,
      control: floods(3 * 1024 * 1024),
    },
  ],
})
