import { ANYWHERE } from '../harness/attack.ts'
import { attackFamily } from '../harness/attack-family.ts'
import { spins } from '../harness/control.ts'

attackFamily({
  title: 'regular expressions that backtrack',
  attacks: [
    {
      title: 'a repetition of a repetition',
      code: '/^(a+)+$/.test("a".repeat(50) + "b")',
      ends: ['CPU'],
      modes: ANYWHERE,
      control: spins(),
    },
    {
      title: 'alternatives that overlap',
      code: '/^(a|a|aa)*$/.test("a".repeat(60) + "b")',
      ends: ['CPU'],
      modes: ANYWHERE,
      control: spins(),
    },
    {
      title: 'a look behind that repeats',
      code: '/(?<=^y(x+x+)+)z/.test("x".repeat(60) + "z")',
      ends: ['CPU'],
      modes: ANYWHERE,
      control: spins(),
    },
    {
      title: 'a reference back to what repeats',
      code: '/^(a*)*\\1$/.test("a".repeat(50) + "b")',
      ends: ['CPU'],
      modes: ANYWHERE,
      control: spins(),
    },
    {
      title: 'a square of steps over a long text',
      code: 'globalThis.n = "a".repeat(2 ** 20).replace(/a*b/g, "")',
      ends: ['CPU'],
      modes: ANYWHERE,
      control: spins(),
    },
    {
      title: 'a flow of matches through a method of the guest',
      code: `const pattern = /a/g
        pattern.exec = () => ({ index: 0, length: 1, 0: '' })
        globalThis.n = 'a'.replace(pattern, 'b')`,
      ends: ['CPU', 'MEMORY'],
      modes: ANYWHERE,
      control: spins(),
    },
    {
      title: 'a pattern of the guest, split by its own species',
      code: `class Looping extends RegExp { static get [Symbol.species]() { for (;;) {} } }
        'a,b'.split(new Looping(','))`,
      ends: ['CPU'],
      modes: ANYWHERE,
      control: spins(),
    },
  ],
})
