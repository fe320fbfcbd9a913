import { readFile } from 'node:fs/promises'
import { RULES } from '@annex/package/rules'
import { rulesDocument } from '@annex/package/rules-document'
import t from 'tap'

t.test('the page is that of the rules as they are', async (t) => {
  const page = await readFile(new URL('../../../sdk/package/RULES.md', import.meta.url), 'utf8')
  t.equal(page, rulesDocument(RULES), 'else run: node sdk/package/write-rules-document.ts')
})

t.test('every rule has its anchor, once', async (t) => {
  const anchors = Array.from(rulesDocument(RULES).matchAll(/^## (.+)$/gm), ([, heading = '']) => heading.toLowerCase())
  t.strictSame(
    anchors,
    RULES.map(({ id }) => id.toLowerCase()),
  )
})

t.test('says what needs more than the package, and what can be waived', async (t) => {
  const page = rulesDocument(RULES)
  const section = (id: string) => page.split('\n## ').find((part) => part.startsWith(`${id}\n`)) ?? ''
  t.match(section('MAN-05'), /only a marketplace or its operator knows/)
  t.match(section('MAN-09'), /a part of it at what only a marketplace knows/)
  t.match(section('MAN-14'), /Can be waived: yes/)
  t.match(section('PKG-05'), /Can be waived: no/)
})
