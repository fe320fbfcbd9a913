import { markdownReferences } from '@annex/package/rules/markdown-references'
import { readSvg } from '@annex/package/rules/read-svg'
import fc from 'fast-check'
import t from 'tap'

const found = (text: string) => markdownReferences(text).references.map(({ kind, target }) => `${kind} ${target}`)

t.test('finds images and links wherever Markdown has them', async (t) => {
  const cases: [string, string[]][] = [
    ['![a](b.png)', ['image b.png']],
    ['[a](b "title")', ['link b']],
    ['[a]( <b c> )', ['link b c']],
    ['[a](b(c)d)', ['link b(c)d']],
    ['[![a](b)](c)', ['image b', 'link c']],
    ['![a][x] and [y]\n\n[X]: b.png\n[y]:\n  c', ['image b.png', 'link c']],
    ['![a]\n\n[a]: <b.png> "t"', ['image b.png']],
    ['[a](b&amp;c)', ['link b&c']],
    ['[a](b\\)c)', ['link b)c']],
    ['see https://a.example/b. And <https://c.example>', ['link https://a.example/b', 'link https://c.example']],
    ["<IMG SRC=a.png><a href='b'>", ['image a.png', 'link b']],
    ['[a](x[b](c)', ['link x[b](c)', 'link c']],
    ['[a](\n  b "t")', ['link b']],
    ['> [a](b)\n> - ![c](d)', ['link b', 'image d']],
  ]
  for (const [text, references] of cases) t.strictSame(found(text), references, text)
})

t.test('leaves out what is code or only looks alike', async (t) => {
  for (const text of [
    '`[a](b)`',
    '``a ` [a](b)``',
    '```\n[a](b)\n```',
    '~~~ text\n[a](b)\n```\n~~~',
    '   ````\n```\n[a](b)\n````',
    '\\[a](b)',
    'a[0] (b)',
    '[ ] to do\n[x] done',
    '[a\n\n](b)',
  ])
    t.strictSame(found(text), [], text)
})

t.test('code ends where it ends', async (t) => {
  for (const text of ['`a`` [a](b)', '```\n```\n[a](b)', '`a\n\n[a](b)`', '\\`[a](b)`'])
    t.strictSame(found(text), ['link b'], text)
})

t.test('says where', async (t) => {
  const { references, tags } = markdownReferences('`<b>`\n[a](b)\n<i>')
  t.strictSame(references, [{ kind: 'link', target: 'b', index: 6 }])
  t.match(tags, [{ name: 'i', index: 13 }])
})

t.test('reads the worst texts in one go', async (t) => {
  const size = 100 * 1024
  const parts = [
    '[',
    '![',
    '](',
    '[a](',
    '`',
    '``a`',
    '<a ',
    '<a x="',
    "<a x='",
    '<a x=',
    '&#',
    '<',
    '```\n',
    'x:',
    '[a]:',
    '\\',
  ]
  for (const part of parts) {
    const text = part.repeat(size / part.length)
    const { references } = markdownReferences(text)
    t.ok(references.length <= text.length, JSON.stringify(part))
  }
})

t.test('no text makes it throw', async () => {
  const words = fc.constantFrom(
    '[',
    ']',
    '(',
    ')',
    '!',
    '`',
    '<',
    '>',
    'a',
    '"',
    "'",
    '=',
    '\n',
    ' ',
    '\\',
    '&',
    '#',
    ';',
    ':',
  )
  await fc.assert(
    fc.property(fc.array(words, { maxLength: 200 }), (all) => {
      const text = all.join('')
      const { references } = markdownReferences(text)
      readSvg(Buffer.from(`<svg>${text}</svg>`))
      return references.every(({ index }) => index >= 0 && index < text.length)
    }),
    { numRuns: 500 },
  )
})
