import { ANYWHERE } from '../harness/attack.ts'
import { attackFamily } from '../harness/attack-family.ts'
import { grows, yields } from '../harness/control.ts'
import { TIME_TO_GROW } from './time-to-grow.ts'

attackFamily({
  title: 'deep nests',
  attacks: [
    {
      title: 'JSON read a million levels deep, again and again',
      code: 'const kept = []; for (;;) kept.push(JSON.parse("[".repeat(1e6) + "]".repeat(1e6)))',
      ends: ['MEMORY', 'USER_ERROR', 'CPU'],
      modes: ANYWHERE,
      limits: TIME_TO_GROW,
      control: grows(),
    },
    {
      title: 'a result nested deeper than the service reads',
      code: 'let deep = []; for (let i = 0; i < 2_000; i++) deep = [deep]; return deep',
      ends: ['USER_ERROR'],
      control: yields((value) => depthOf(value) > 1_000),
    },
    {
      title: 'a list linked without end',
      code: 'let list; for (;;) list = { list }',
      ends: ['MEMORY', 'CPU'],
      modes: ANYWHERE,
      limits: TIME_TO_GROW,
      control: grows(),
    },
    {
      title: 'recursion that keeps what it made on the way',
      code: 'const kept = []; const f = () => { kept.push(new Array(1_000).fill(1)); try { f() } catch {} }; for (;;) f()',
      ends: ['MEMORY', 'CPU'],
      modes: ANYWHERE,
      limits: TIME_TO_GROW,
      control: grows(),
    },
    {
      title: 'a proxy at the end of a long chain of prototypes',
      code: 'let o = new Proxy({}, { get: () => 1 }); for (let i = 0; i < 1e5; i++) o = Object.create(o); for (;;) (globalThis.kept ??= []).push({ ...o, x: o.missing, y: new Array(1_000).fill(o) })',
      ends: ['MEMORY', 'CPU'],
      modes: ANYWHERE,
      limits: TIME_TO_GROW,
      control: grows(),
    },
  ],
})

function depthOf(value: unknown): number {
  let depth = 0
  for (let nest = value; Array.isArray(nest); [nest] = nest) depth++
  return depth
}
