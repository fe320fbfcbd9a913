import { ANYWHERE } from '../harness/attack.ts'
import { attackFamily } from '../harness/attack-family.ts'
import { aborts, spins } from '../harness/control.ts'

/** One call into the engine, which looks at no timeout until it comes back. */
attackFamily({
  title: 'work that the engine does not interrupt',
  attacks: [
    {
      title: 'a power of a BigInt',
      code: 'globalThis.n = 7n ** 100_000_000n',
      ends: ['CPU', 'MEMORY'],
      modes: ANYWHERE,
      control: spins(),
    },
    {
      title: 'a BigInt written in decimals',
      code: 'globalThis.n = ((1n << 30_000_000n) - 1n).toString().length',
      ends: ['CPU'],
      modes: ANYWHERE,
      control: spins(),
    },
    {
      title: 'a BigInt read from a long text',
      code: 'globalThis.n = BigInt("7".repeat(30_000_000)) % 7n',
      ends: ['CPU', 'MEMORY'],
      modes: ANYWHERE,
      control: spins(),
    },
    {
      title: 'the JSON of a tree whose branches are all the same',
      code: 'let tree = []; for (let i = 0; i < 60; i++) tree = [tree, tree]; globalThis.n = JSON.stringify(tree).length',
      ends: ['CPU', 'MEMORY'],
      modes: ANYWHERE,
      control: spins(),
    },
    {
      title: 'a sort of what claims to be long',
      code: 'Array.prototype.sort.call({ length: 2 ** 53 - 1 })',
      ends: ['CPU', 'MEMORY'],
      modes: ANYWHERE,
      control: aborts(),
    },
    {
      title: 'a search through what claims to be long',
      code: 'Array.prototype.indexOf.call({ length: 2 ** 53 - 1 }, 1)',
      ends: ['CPU'],
      modes: ANYWHERE,
      control: spins(),
    },
    {
      title: 'a reversal of what claims to be long',
      code: 'Array.prototype.reverse.call({ length: 2 ** 53 - 1 })',
      ends: ['CPU'],
      modes: ANYWHERE,
      control: spins(),
    },
    {
      title: 'a text that is searched for itself',
      code: `const text = 'a'.repeat(2 ** 20) ; for (;;) globalThis.n = (text + 'b').lastIndexOf(text.slice(1) + 'c')`,
      ends: ['CPU', 'MEMORY'],
      modes: ANYWHERE,
      control: spins(),
    },
    {
      title: 'Unicode normal forms of a long text',
      code: 'const text = "\\u1e9b\\u0323".repeat(2 ** 22); for (;;) globalThis.n = text.normalize("NFKD").normalize("NFC").length',
      ends: ['CPU', 'MEMORY'],
      modes: ANYWHERE,
      control: spins(),
    },
    {
      title: 'texts compared by the rules of a language',
      code: `const text = 'ä'.repeat(2 ** 22)
        const words = Array.from({ length: 200 }, (_, i) => text + i)
        words.sort(new Intl.Collator('sv').compare)`,
      ends: ['CPU', 'MEMORY'],
      modes: ANYWHERE,
      control: spins(),
    },
    {
      title: 'words counted by the rules of a language',
      code: `const segmenter = new Intl.Segmenter('th', { granularity: 'word' })
        for (;;) for (const word of segmenter.segment('ก'.repeat(2 ** 20))) globalThis.n = word.index`,
      ends: ['CPU', 'MEMORY'],
      modes: ANYWHERE,
      control: spins(),
    },
    {
      title: 'a nest of arrays flattened, whose branches are all the same',
      code: 'let nest = [0]; for (let i = 0; i < 40; i++) nest = [nest, nest]; nest.flat(Infinity)',
      ends: ['CPU', 'MEMORY'],
      modes: ANYWHERE,
      control: spins(),
    },
  ],
})
