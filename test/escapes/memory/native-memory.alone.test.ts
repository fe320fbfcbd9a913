import { ANYWHERE, type Attack } from '../harness/attack.ts'
import { attackFamily } from '../harness/attack-family.ts'
import { grows } from '../harness/control.ts'
import { TIME_TO_GROW } from './time-to-grow.ts'

/** Objects that are small in the heap and large beside it, where no limit of the engine counts them. */
const LARGE_BESIDE: Record<string, string> = {
  'formats of dates': 'for (;;) kept.push(new Intl.DateTimeFormat("de", { dateStyle: "full", timeStyle: "full" }))',
  'segmenters of long texts':
    'const s = "word ".repeat(1e5); for (;;) { const i = new Intl.Segmenter("en", { granularity: "word" }).segment(s)[Symbol.iterator](); i.next(); kept.push(i) }',
  'names of things': 'for (;;) kept.push(new Intl.DisplayNames("ja", { type: "region" }))',
  'rules of plurals': 'for (;;) kept.push(new Intl.PluralRules("pl"), new Intl.ListFormat("pl"))',
}

attackFamily({
  title: 'memory beside the heap',
  attacks: Object.entries(LARGE_BESIDE).map(
    ([title, code]): Attack => ({
      title,
      code: `const kept = globalThis.kept = []; ${code}`,
      ends: ['MEMORY', 'CPU'],
      modes: ANYWHERE,
      limits: TIME_TO_GROW,
      control: grows(),
    }),
  ),
})
