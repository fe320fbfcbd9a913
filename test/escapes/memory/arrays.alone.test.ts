import { ANYWHERE } from '../harness/attack.ts'
import { attackFamily } from '../harness/attack-family.ts'
import { grows } from '../harness/control.ts'
import { TIME_TO_GROW } from './time-to-grow.ts'

attackFamily({
  title: 'arrays',
  attacks: [
    {
      title: 'a dense array of a billion',
      code: 'Array(1e9).fill(0)',
      ends: ['MEMORY', 'CPU'],
      modes: ANYWHERE,
      limits: TIME_TO_GROW,
      control: grows(),
    },
    {
      title: 'arrays that are kept',
      code: 'const a = []; for (;;) a.push(new Array(1_000).fill(1))',
      ends: ['MEMORY', 'CPU'],
      modes: ANYWHERE,
      limits: TIME_TO_GROW,
      control: grows(),
    },
    {
      title: 'one array that grows by one',
      code: 'const a = []; for (;;) a.push(a.length)',
      ends: ['MEMORY', 'CPU'],
      modes: ANYWHERE,
      limits: TIME_TO_GROW,
      control: grows(),
    },
    {
      title: 'an array doubled with itself',
      code: 'let a = [1, 2, 3, 4]; for (;;) a = a.concat(a)',
      ends: ['MEMORY', 'CPU'],
      modes: ANYWHERE,
      limits: TIME_TO_GROW,
      control: grows(),
    },
    {
      title: 'arrays of nothing but holes',
      code: 'const a = []; for (;;) a.push(new Array(2 ** 20))',
      ends: ['MEMORY', 'CPU'],
      modes: ANYWHERE,
      limits: TIME_TO_GROW,
      control: grows(),
    },
    {
      title: 'an argument list of many millions',
      code: 'const list = { length: 30_000_000 }; Math.max.apply(null, list)',
      ends: ['MEMORY', 'USER_ERROR'],
      modes: ANYWHERE,
      limits: TIME_TO_GROW,
      control: grows(),
    },
    {
      title: 'a sort of a long array, which is copied for it',
      code: 'const a = []; for (let i = 0; i < 4e6; i++) a.push({}); a.sort(() => { globalThis.b = a.toSorted(() => 0); return 1 })',
      ends: ['MEMORY', 'CPU'],
      modes: ANYWHERE,
      limits: TIME_TO_GROW,
      control: grows(),
    },
    {
      title: 'an iterator spread into an array without end',
      code: 'globalThis.a = [...{ *[Symbol.iterator]() { for (;;) yield {} } }]',
      ends: ['MEMORY', 'CPU'],
      modes: ANYWHERE,
      limits: TIME_TO_GROW,
      control: grows(),
    },
  ],
})
