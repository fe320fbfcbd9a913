import { ANYWHERE } from '../harness/attack.ts'
import { attackFamily } from '../harness/attack-family.ts'
import { grows } from '../harness/control.ts'
import { TIME_TO_GROW } from './time-to-grow.ts'

attackFamily({
  title: 'texts',
  attacks: [
    {
      title: 'a long text split into letters',
      code: '"x".repeat(2 ** 28).split("")',
      ends: ['MEMORY', 'CPU'],
      modes: ANYWHERE,
      limits: TIME_TO_GROW,
      control: grows(),
    },
    {
      title: 'a rope as long as may be, made flat again and again',
      code: `const kept = []
        for (let i = 0; ; i++) { let s = 'ab' + i; while (s.length < 2 ** 24) s += s; /$^/.test(s); kept.push(s) }`,
      ends: ['MEMORY', 'CPU'],
      modes: ANYWHERE,
      limits: TIME_TO_GROW,
      control: grows(),
    },
    {
      title: 'texts of two bytes a letter',
      code: 'const kept = []; for (let i = 0; ; i++) { const s = "\\u2603".repeat(2 ** 22) + i; /$^/.test(s); kept.push(s) }',
      ends: ['MEMORY', 'CPU'],
      modes: ANYWHERE,
      limits: TIME_TO_GROW,
      control: grows(),
    },
    {
      title: 'a replacement that grows with each match',
      code: 'let s = "aaaa"; const kept = []; for (;;) { s = s.replace(/a/g, "$&$&$&$&"); kept.push(s) }',
      ends: ['MEMORY', 'USER_ERROR', 'CPU'],
      modes: ANYWHERE,
      limits: TIME_TO_GROW,
      control: grows(),
    },
    {
      title: 'letters whose normal form is eighteen',
      code: 'const kept = []; for (let i = 0; ; i++) kept.push(("\\ufdfa".repeat(2 ** 18) + i).normalize("NFKD"))',
      ends: ['MEMORY', 'CPU'],
      modes: ANYWHERE,
      limits: TIME_TO_GROW,
      control: grows(),
    },
    {
      title: 'all matches of a pattern that matches everywhere',
      code: 'const kept = [...("ab".repeat(2 ** 23)).matchAll(/(a)(b)/g)]; kept.length',
      ends: ['MEMORY', 'CPU'],
      modes: ANYWHERE,
      limits: TIME_TO_GROW,
      control: grows(),
    },
    {
      title: 'JSON indented without measure',
      code: 'const kept = []; for (let i = 0; ; i++) kept.push(JSON.stringify(Array(200_000).fill(i), null, "          "))',
      ends: ['MEMORY', 'CPU'],
      modes: ANYWHERE,
      limits: TIME_TO_GROW,
      control: grows(),
    },
    {
      title: 'a million names that are never forgotten',
      code: 'const names = {}; for (let i = 0; ; i++) names["name-" + i + "-of-many-that-are-not-forgotten"] = Symbol.for("symbol " + i)',
      ends: ['MEMORY', 'CPU'],
      modes: ANYWHERE,
      limits: TIME_TO_GROW,
      control: grows(),
    },
    {
      title: 'a text encoded for the web, three letters for each',
      code: 'const kept = []; for (let i = 0; ; i++) kept.push(encodeURIComponent("%".repeat(2 ** 20) + i))',
      ends: ['MEMORY', 'CPU'],
      modes: ANYWHERE,
      limits: TIME_TO_GROW,
      control: grows(),
    },
  ],
})
