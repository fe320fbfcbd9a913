import type { Attack } from '../harness/attack.ts'
import { attackFamily } from '../harness/attack-family.ts'
import { grows } from '../harness/control.ts'
import { TIME_TO_GROW } from './time-to-grow.ts'

/** What is made first, and what is then made over and over and kept. */
const KEPT: Record<string, [setup: string, again: string]> = {
  'a map that grows': ['const m = new Map(); let i = 0', 'm.set(i++, new Array(100))'],
  'weak maps whose keys live on': [
    'const w = new WeakMap(), k = []',
    'const o = {}; k.push(o); w.set(o, new Array(100))',
  ],
  'reactions on one promise': [
    'const p = new Promise(() => {})',
    'const own = new Array(50); p.then(() => own, () => own)',
  ],
  'generators that are begun and never ended': [
    'const kept = []; function* g() { const own = new Array(50); yield own }',
    'const it = g(); it.next(); kept.push(it)',
  ],
  'bound functions of bound functions': ['let f = () => {}', 'f = f.bind(null, f, new Array(50))'],
  'closures that hold their maker': ['let f = () => {}', 'const g = f, own = new Array(50); f = () => [g, own]'],
  'one object of ever more keys': ['const o = {}; let i = 0', 'o["key" + i++] = new Array(100)'],
  'errors with their stacks': [
    'Error.stackTraceLimit = 200; const kept = []; const f = (n) => n ? f(n - 1) : kept.push(new Error("x"))',
    'f(100)',
  ],
  'big integers': ['const kept = []; let i = 0n', 'kept.push((1n << 100_000n) + i++)'],
  'classes made in a loop': ['const kept = []', 'kept.push(class { a() {} b() {} static c = new Array(100) })'],
}

/** Slice by slice, none of them long. */
const grow = ([setup, again]: [string, string]) => `${setup}
  for (;;) {
    for (const from = Date.now(); Date.now() - from < 60;) for (let n = 0; n < 20; n++) { ${again} }
    await ctx.kv.get('k')
  }`

attackFamily({
  title: 'collections and objects',
  attacks: Object.entries(KEPT).map(
    ([title, code]): Attack => ({
      title,
      code: grow(code),
      ends: ['MEMORY', 'CPU'],
      limits: { ...TIME_TO_GROW, cpuMs: 3_000 },
      control: grows(),
    }),
  ),
})
