import { ANYWHERE } from '../harness/attack.ts'
import { attackFamily } from '../harness/attack-family.ts'
import { grows } from '../harness/control.ts'
import { TIME_TO_GROW } from './time-to-grow.ts'

/** Memory that the engine takes from outside its heap. */
attackFamily({
  title: 'buffers',
  attacks: [
    {
      title: 'typed arrays that are kept',
      code: 'const a = []; for (;;) a.push(new Uint8Array(5e7).fill(1))',
      ends: ['MEMORY', 'USER_ERROR', 'CPU'],
      modes: ANYWHERE,
      limits: TIME_TO_GROW,
      control: grows(),
    },
    {
      title: 'small buffers, very many',
      code: 'const a = []; for (;;) a.push(new Uint8Array(2_000).fill(1))',
      ends: ['MEMORY', 'USER_ERROR', 'CPU'],
      modes: ANYWHERE,
      limits: TIME_TO_GROW,
      control: grows(),
    },
    {
      title: 'a refusal of memory that is caught, again and again',
      code: 'const a = []; for (;;) try { a.push(new Uint8Array(1e6).fill(1)) } catch { try { a.push(new Uint8Array(1e3).fill(1)) } catch {} }',
      ends: ['MEMORY', 'CPU'],
      modes: ANYWHERE,
      limits: TIME_TO_GROW,
      control: grows(),
    },
    {
      title: 'buffers that grow after they were made',
      code: `const a = []
        for (;;) { const b = new ArrayBuffer(8, { maxByteLength: 1e8 }); b.resize(1e8); new Uint8Array(b).fill(1); a.push(b) }`,
      ends: ['MEMORY', 'USER_ERROR', 'CPU'],
      modes: ANYWHERE,
      limits: TIME_TO_GROW,
      control: grows(),
    },
    {
      title: 'buffers that grow, made by a class of the guest',
      code: `class Own extends ArrayBuffer { constructor() { super(8, { maxByteLength: 1e8 }) } }
        const a = []
        for (;;) { const b = new Own(); b.resize(1e8); new Uint8Array(b).fill(1); a.push(b) }`,
      ends: ['MEMORY', 'USER_ERROR', 'CPU'],
      modes: ANYWHERE,
      limits: TIME_TO_GROW,
      control: grows(),
    },
    {
      title: 'buffers that grow, made by the species of another',
      code: `const { constructor: Made } = new Uint8Array(8).buffer
        const b = Reflect.construct(Made, [8, { maxByteLength: 5e8 }], Made)
        Reflect.apply(Made.prototype.resize ?? b.resize, b, [5e8]); new Uint8Array(b).fill(1)`,
      ends: ['USER_ERROR', 'MEMORY'],
      modes: ANYWHERE,
      limits: TIME_TO_GROW,
      control: grows(),
    },
    {
      title: 'shared memory that is kept',
      code: 'const a = []; for (;;) { const b = new SharedArrayBuffer(5e7); new Uint8Array(b).fill(1); a.push(b) }',
      ends: ['USER_ERROR'],
      modes: ANYWHERE,
      limits: TIME_TO_GROW,
      control: grows(),
    },
    {
      title: 'shared memory that grows',
      code: `const b = new SharedArrayBuffer(8, { maxByteLength: 5e8 })
        b.grow(5e8); new Uint8Array(b).fill(1)`,
      ends: ['USER_ERROR'],
      modes: ANYWHERE,
      limits: TIME_TO_GROW,
      control: grows(),
    },
    {
      title: 'a typed array made of an endless iterator',
      code: 'Float64Array.from({ *[Symbol.iterator]() { for (;;) yield 1 } })',
      ends: ['MEMORY', 'CPU'],
      modes: ANYWHERE,
      limits: TIME_TO_GROW,
      control: grows(),
    },
    {
      title: 'copies of a buffer, and of their copies',
      code: 'let b = new Uint8Array(1e6).fill(1); const a = []; for (;;) { a.push(b.slice(), b.toReversed(), b.map((x) => x), new Float64Array(b)) }',
      ends: ['MEMORY', 'USER_ERROR', 'CPU'],
      modes: ANYWHERE,
      limits: TIME_TO_GROW,
      control: grows(),
    },
  ],
})
