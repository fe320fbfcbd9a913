import type { Attack } from '../harness/attack.ts'
import { attackFamily } from '../harness/attack-family.ts'
import { fails, floods, spins } from '../harness/control.ts'

/** Whatever looks at a result must do so within the time and the room of the run. */
function spinning(title: string, code: string, ends: Attack['ends'] = ['CPU']): Attack {
  return { title, code, ends, control: spins() }
}

attackFamily({
  title: 'odd results',
  attacks: [
    spinning('a getter that never answers', 'return { get a() { for (;;) {} } }'),
    spinning('a toJSON that never answers', 'return { toJSON() { for (;;) {} } }'),
    {
      title: 'a toJSON that gives another one for ever',
      code: 'const odd = { toJSON: () => [odd] }; return odd',
      ends: ['USER_ERROR'],
      control: fails((text) => /stack/.test(text)),
    },
    spinning('a proxy with keys without end', `return new Proxy({}, { ownKeys() { for (;;) {} } })`),
    spinning(
      'a list that says it is long',
      `return new Proxy([], { get: (target, key) => key === 'length' ? 2 ** 24 : undefined })`,
      ['CPU', 'MEMORY', 'USER_ERROR'],
    ),
    {
      title: 'a list of nothing but holes',
      code: 'const holes = []; holes.length = 3e6; return holes',
      ends: ['USER_ERROR', 'CPU', 'MEMORY'],
      control: floods(10e6),
    },
    {
      title: 'details of a log line that are long',
      code: `for (let i = 0; i < 50; i++) ctx.log.info('x'.repeat(1e5), { a: 'y'.repeat(1e6) }); return 'held'`,
      harmless: (value) => value === 'held',
      control: floods(10e6),
    },
  ],
})
