import Papa from 'papaparse'
import type { Features } from './features.ts'

const SITES = 'id,name,amount,active\r\n1,"Halle ""A"", nord",12.5,true\r\n2,"two\nlines",,false\r\n3,Été,-3e2,\r\n'

export const features: Features = {
  parse: () => Papa.parse(SITES),
  headers: () => Papa.parse(SITES, { header: true, skipEmptyLines: true }),
  types: () => Papa.parse(SITES, { header: true, dynamicTyping: true, skipEmptyLines: 'greedy' }).data,
  'types of some': () => Papa.parse(SITES, { header: true, dynamicTyping: { amount: true } }).data,
  'a delimiter that is found': () => ['a;b\n1;2', 'a\tb\n1\t2', 'a|b\n1|2', 'a'].map((text) => Papa.parse(text).meta),
  'a delimiter of its own': () => Papa.parse('a::b\n1::2', { delimiter: '::' }).data,
  'other quotes': () => Papa.parse("'a,b',c", { quoteChar: "'" }).data,
  comments: () => Papa.parse('# no\na,b\n#x\n1,2', { comments: '#' }).data,
  preview: () => Papa.parse(SITES, { preview: 2 }).data.length,
  'headers renamed': () =>
    Papa.parse(SITES, { header: true, transformHeader: (name) => name.toUpperCase() }).meta.fields,
  'values changed': () => Papa.parse('a\n x ', { header: true, transform: (value) => value.trim() }).data,
  'headers twice': () => Papa.parse('a,a,b\n1,2,3', { header: true }),
  steps: () => {
    const rows: unknown[] = []
    Papa.parse(SITES, { header: true, skipEmptyLines: true, step: ({ data }) => void rows.push(data) })
    return rows
  },
  'steps that stop': () => {
    const rows: unknown[] = []
    Papa.parse('1\n2\n3\n4', {
      step: ({ data }, parser) => {
        rows.push(data)
        if (rows.length === 2) parser.abort()
      },
    })
    return rows
  },
  'complete is called': () =>
    new Promise((resolve) => Papa.parse(SITES, { complete: ({ data, meta }) => resolve([data.length, meta.aborted]) })),
  'a mark at the start': () => Papa.parse('\ufeffa,b\n1,2', { header: true }).data,
  mistakes: () => [
    Papa.parse('a,b\n1', { header: true }).errors,
    Papa.parse('a,b\n1,2,3', { header: true }).errors,
    Papa.parse('"open,1\n2').errors,
  ],
  'a big text': () => Papa.parse('1,2,3\n'.repeat(2000)).data.length,
  unparse: () => [
    Papa.unparse([
      { a: 1, b: 'x "y", z' },
      { a: null, b: 'two\nlines' },
    ]),
    Papa.unparse(
      [
        ['a', 'b'],
        [1, true],
      ],
      { delimiter: ';', quotes: true, newline: '\n' },
    ),
    Papa.unparse({ fields: ['a'], data: [[' lead'], ['=1+1']] }, { escapeFormulae: true }),
    Papa.unparse([{ a: new Date(0), b: 2 }], { columns: ['b', 'a'], header: false }),
  ],
  'there and back': () =>
    Papa.unparse(Papa.parse(SITES).data as string[][]) === SITES.replace(/-3e2,\r\n$/, '-3e2,\r\n'),
}
