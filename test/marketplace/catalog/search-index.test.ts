import fc from 'fast-check'
import t from 'tap'
import type { SearchEntry, SearchHit } from '../../../marketplace/catalog/search-entry.ts'
import { createSearchIndex, type SearchIndex } from '../../../marketplace/catalog/search-index.ts'
import { searchWords } from '../../../marketplace/catalog/search-words.ts'

const NOBODY = { organizations: [] }

function entry(name: string, change: Partial<SearchEntry> = {}): SearchEntry {
  const { publisher = 'acme' } = change
  const extension = `@${publisher}/${name}`
  return {
    ...{ extension, publisher, name, displayName: name, description: '', keywords: [], readme: '', score: 500 },
    ...{ category: 'FINANCE', kind: 'connector', verified: false, pricing: 'FREE', open: true, compatible: true },
    ...{ audience: [], needs: [], card: extension },
    ...change,
  }
}

async function indexOf(t: { teardown(work: () => void): unknown }, entries: readonly SearchEntry[]) {
  const index = createSearchIndex()
  t.teardown(() => index.close())
  await index.replace([], entries)
  return index
}

const names = (index: SearchIndex, question: Parameters<SearchIndex['search']>[0] | string, limit = 100) =>
  index
    .search(typeof question === 'string' ? { text: question, ...NOBODY } : question, { limit })
    .hits.map(({ card }) => card.slice(card.indexOf('/') + 1))

t.test('the better a text fits, the earlier; misspelt last', async (t) => {
  const index = await indexOf(t, [
    entry('a', { displayName: 'Accounting', score: 1 }),
    entry('b', { displayName: 'Accounting bridge', score: 900 }),
    entry('c', { description: 'Does the accounting', score: 990 }),
    entry('d', { readme: 'accounting', score: 1000 }),
    entry('e', { displayName: 'Acounting helper', score: 1000 }),
    entry('f', { displayName: 'Weather', score: 1000 }),
  ])
  t.same(names(index, 'accounting'), ['a', 'b', 'c', 'd', 'e'])
  t.same(names(index, 'acounting'), ['e', 'c', 'b', 'a'], 'a hit without a slip first')
  t.same(names(index, 'acouting'), ['e', 'c', 'b', 'a'])
  t.same(names(index, 'accuonting'), ['e', 'c', 'b', 'a'], 'two letters in the wrong order')
  t.same(names(index, 'weathr brigde'), [], 'every word')
  t.same(names(index, 'brigde acounting'), ['b'])
  t.same(names(index, 'wether'), ['f'])
  t.same(names(index, 'hat'), [], 'a short word is what it is')
})

t.test('what somebody may not see is neither found nor counted', async (t) => {
  const index = await indexOf(t, [
    entry('open'),
    entry('closed', { open: false, audience: ['org_1', 'org_2'] }),
    entry('old', { compatible: false }),
  ])
  t.same(names(index, NOBODY), ['open'])
  t.same(names(index, { organizations: ['org_3'] }), ['open'])
  t.same(names(index, { organizations: ['org_2'] }).sort(), ['closed', 'open'])
  const counted = (organizations: string[]) => index.search({ organizations }, { limit: 1 }).facets.category
  t.same(counted(['org_2']), { FINANCE: 2 })
  t.same(counted([]), { FINANCE: 1 })
  t.same(names(index, { text: 'closed', ...NOBODY }), [])
  t.same(names(index, { incompatible: 'show', ...NOBODY }).sort(), ['old', 'open'])
  t.same(
    index.names({ min: 1, max: 20 }, '').map(({ name }) => name),
    ['@acme/old', '@acme/open'],
    'nor is a name given away',
  )
})

t.test('whatever was written together can be taken out one by one', async (t) => {
  const all = Array.from({ length: 50 }, (_, number) => entry(`thing-${number}`))
  const index = await indexOf(t, all)
  for (const { extension } of all.slice(1)) await index.replace([extension], [])
  t.same(names(index, 'thing'), ['thing-0'])
  await index.replace(['@acme/thing-0'], [entry('thing-0', { displayName: 'Other words', score: 1 })])
  t.same(names(index, 'words'), ['thing-0'])
})

t.test('marks that nobody can type lie between the words', async (t) => {
  const index = await indexOf(t, [entry('one', { publisher: 'a-b' }), entry('two', { publisher: 'a' })])
  t.same(names(index, { publisher: 'a-b', text: 'one', ...NOBODY }), ['one'])
  t.same(names(index, { publisher: 'a', text: 'one', ...NOBODY }), [])
  for (const text of ['\u{E000}g0', '"\u{E000}pa"', 'g0', 'pa'])
    t.same(searchWords(text).join(), text.replace(/[^a-z0-9]/g, ''))
  t.same(names(index, '\u{E000}pa'), [])
})

const WORDS = ['invoice', 'ledger', 'payroll', 'site', 'import', 'export', 'sync', 'invoices', 'legder']
const text = fc.array(fc.constantFrom(...WORDS), { maxLength: 4 }).map((words) => words.join(' '))
const made = fc.record({
  number: fc.integer({ min: 0, max: 12 }),
  displayName: text,
  description: text,
  readme: text,
  score: fc.integer({ min: 0, max: 1000 }),
  category: fc.constantFrom('FINANCE', 'HR'),
  verified: fc.boolean(),
  compatible: fc.boolean(),
  open: fc.boolean(),
})
const step = fc.oneof(
  {
    weight: 4,
    arbitrary: made.map((change) => ({ put: entry(`e${change.number}`, { ...change, audience: ['org_1'] }) })),
  },
  { weight: 1, arbitrary: fc.integer({ min: 0, max: 12 }).map((number) => ({ remove: `@acme/e${number}` })) },
)
const question = fc.record(
  {
    text: fc.constantFrom(...WORDS, 'invocie', 'payrol', 'le si'),
    category: fc.constantFrom('FINANCE', 'HR'),
    verified: fc.boolean(),
    incompatible: fc.constant('show' as const),
  },
  { requiredKeys: [] },
)

async function* pagesOf(entries: readonly SearchEntry[]) {
  for (let at = 0; at < entries.length; at += 3) yield entries.slice(at, at + 3)
}

t.test('an index that followed is as one that was made anew, page by page', async (t) => {
  await fc.assert(
    fc.asyncProperty(
      fc.array(step, { maxLength: 40 }),
      fc.array(question, { maxLength: 6 }),
      async (steps, questions) => {
        const [followed, rebuilt] = [createSearchIndex(), createSearchIndex()]
        const there = new Map<string, SearchEntry>()
        for (const one of steps) {
          if ('put' in one) {
            await followed.replace([one.put.extension], [one.put])
            there.set(one.put.extension, one.put)
          } else {
            await followed.replace([one.remove], [])
            there.delete(one.remove)
          }
        }
        await rebuilt.fill(pagesOf([...there.values()]))
        for (const asked of questions) {
          for (const organizations of [[], ['org_1']]) {
            const all = followed.search({ ...asked, organizations }, { limit: 100 })
            t.same(rebuilt.search({ ...asked, organizations }, { limit: 100 }), all)
            t.equal(new Set(all.hits.map(({ card }) => card)).size, all.hits.length, 'nothing twice')
            t.same(pagedThrough(rebuilt, { ...asked, organizations }), all.hits, 'pages leave nothing out')
          }
        }
        followed.close()
        rebuilt.close()
      },
    ),
    { numRuns: 60 },
  )
})

function pagedThrough(index: SearchIndex, asked: Parameters<SearchIndex['search']>[0]) {
  const found: SearchHit[] = []
  for (;;) {
    const last = found.at(-1)
    const page = index.search(asked, { limit: 2, ...(last && { after: last.rank }) }).hits
    found.push(...page)
    if (page.length < 2) return found
  }
}
