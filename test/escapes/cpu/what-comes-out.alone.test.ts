import { attackFamily } from '../harness/attack-family.ts'
import { spins } from '../harness/control.ts'

/** Whoever reads what the guest throws, returns or passes runs the guest's code once more. */
attackFamily({
  title: 'loops in what comes out',
  attacks: [
    {
      title: 'a proxy that is thrown',
      code: 'throw new Proxy({}, { get() { for (;;) {} } })',
      ends: ['CPU'],
      control: spins(),
    },
    {
      title: 'an error whose message loops',
      code: 'throw Object.defineProperty(new Error(), "message", { get() { for (;;) {} } })',
      ends: ['CPU'],
      control: spins(),
    },
    {
      title: 'an error whose message is an object that loops when it becomes text',
      code: 'throw { message: { toString() { for (;;) {} } } }',
      ends: ['CPU'],
      control: spins(),
    },
    {
      title: 'an error whose stack loops',
      code: 'throw Object.defineProperty(new Error("x"), "stack", { get() { for (;;) {} } })',
      ends: ['CPU'],
      control: spins(),
    },
    {
      title: 'a formatter of stacks that loops',
      code: 'Error.prepareStackTrace = () => { for (;;) {} }; null.x',
      ends: ['CPU'],
      control: spins(),
    },
    {
      title: 'a getter in the result',
      code: 'return { get x() { for (;;) {} } }',
      ends: ['CPU'],
      control: spins(),
    },
    {
      title: 'a proxy in the result that names keys without end',
      code: 'return [new Proxy({}, { ownKeys() { for (;;) {} } })]',
      ends: ['CPU'],
      control: spins(),
    },
    {
      title: 'toJSON of the result',
      code: 'return { toJSON() { for (;;) {} } }',
      ends: ['CPU'],
      control: spins(),
    },
    {
      title: 'toJSON that answers with two of its kind, level by level',
      code: 'const next = (depth) => ({ toJSON: () => depth && [next(depth - 1), next(depth - 1)] }); return next(60)',
      ends: ['CPU', 'MEMORY'],
      control: spins(),
    },
    {
      title: 'a result whose then loops',
      code: 'return { get then() { for (;;) {} } }',
      ends: ['CPU'],
      control: spins(),
    },
    {
      title: 'toJSON in the arguments of a host call',
      code: 'await ctx.kv.set("k", { toJSON() { for (;;) {} } })',
      ends: ['CPU'],
      control: spins(),
    },
    {
      title: 'the details of a log line',
      code: 'ctx.log.info("x", { get y() { for (;;) {} } })',
      ends: ['CPU'],
      control: spins(),
    },
    {
      title: 'a log message that loops when it becomes text',
      code: 'ctx.log.info({ [Symbol.toPrimitive]() { for (;;) {} } })',
      ends: ['CPU'],
      control: spins(),
    },
  ],
})
