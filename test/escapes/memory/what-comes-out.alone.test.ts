import { attackFamily } from '../harness/attack-family.ts'
import { floods, grows } from '../harness/control.ts'
import { TIME_TO_GROW } from './time-to-grow.ts'

const MB = 1024 * 1024

/** The service's own memory is what these are after. */
attackFamily({
  title: 'more than anybody wants to have',
  attacks: [
    {
      title: 'a result of many megabytes',
      code: 'return "x".repeat(32e6)',
      ends: ['USER_ERROR', 'MEMORY', 'CPU'],
      limits: TIME_TO_GROW,
      control: floods(16 * MB),
    },
    {
      title: 'a result of a million records',
      code: 'return Array.from({ length: 1e6 }, (_, id) => ({ id }))',
      ends: ['USER_ERROR', 'MEMORY', 'CPU'],
      limits: TIME_TO_GROW,
      control: floods(8 * MB),
    },
    {
      title: 'a result that toJSON makes long',
      code: 'const s = "x".repeat(1e6); return Array.from({ length: 40 }, () => ({ toJSON: () => s }))',
      ends: ['USER_ERROR', 'MEMORY', 'CPU'],
      limits: TIME_TO_GROW,
      control: floods(16 * MB),
    },
    {
      title: 'an error message of many megabytes',
      code: 'throw new Error("x".repeat(32e6))',
      ends: ['USER_ERROR', 'MEMORY'],
      limits: TIME_TO_GROW,
      control: floods(16 * MB),
    },
    {
      title: 'an error code, a name and a stack of many megabytes',
      code: `const long = 'x'.repeat(8e6)
        throw Object.assign(new Error('m'), { code: long, name: long, stack: '    at ext://' + long, details: long })`,
      ends: ['USER_ERROR', 'MEMORY'],
      limits: TIME_TO_GROW,
      control: floods(16 * MB),
    },
    {
      title: 'log lines of many megabytes',
      code: 'for (let i = 0; i < 50; i++) ctx.log.info("x".repeat(1e6), { more: "y".repeat(1e6) }); return 1',
      ends: ['USER_ERROR', 'MEMORY'],
      harmless: (value) => value === 1,
      limits: TIME_TO_GROW,
      control: floods(16 * MB),
    },
    {
      title: 'log lines in every slice, as many as are allowed and more',
      code: 'for (let i = 0; i < 80; i++) { for (let j = 0; j < 100; j++) ctx.log.info("x".repeat(4_000)); await ctx.kv.get("k") } return 1',
      ends: ['USER_ERROR', 'MEMORY'],
      harmless: (value) => value === 1,
      limits: TIME_TO_GROW,
      control: floods(16 * MB),
    },
    {
      title: 'arguments of many megabytes',
      code: 'await ctx.kv.set("k", "x".repeat(32e6))',
      ends: ['USER_ERROR', 'QUOTA', 'MEMORY'],
      limits: TIME_TO_GROW,
      control: floods(16 * MB),
    },
    {
      title: 'arguments just short of too long, in every slice',
      code: 'const text = "x".repeat(3_900_000); for (let i = 0; i < 12; i++) await ctx.kv.set("k", text).catch(() => {}); return 1',
      harmless: (value) => value === 1,
      limits: TIME_TO_GROW,
      control: floods(16 * MB),
    },
    {
      title: 'calls that are kept waiting with all they say',
      code: 'const text = "x".repeat(100_000); const all = []; for (let i = 0; ; i++) all.push(ctx.kv.set("k" + i, text + i).catch(() => {}))',
      ends: ['MEMORY', 'CPU'],
      limits: TIME_TO_GROW,
      control: grows(),
    },
    {
      title: 'a page that is as long as a page may be, and one that is longer',
      code: 'return "\\u0001".repeat(1_000_000)',
      ends: ['USER_ERROR', 'MEMORY'],
      limits: TIME_TO_GROW,
      control: floods(4 * MB),
    },
  ],
})
