import t, { type Test } from 'tap'
import { type Catalog, createCatalog } from '../../../marketplace/catalog/catalog.ts'
import { createReports } from '../../../marketplace/publishing/reports.ts'
import { madeUp } from '../../bench/service/made-up-catalog.ts'
import type { Random } from '../../faults/random.ts'
import { rounds, seededRandom } from '../../faults/seed.ts'
import { got } from '../rig/open-marketplace.ts'
import { CHANGES, type Listings, openListings } from './changed-listings.ts'

const COUNT = 300
const CHANGES_A_ROUND = 30

interface Reading {
  question: Parameters<Catalog['search']>[0]
  organizations: readonly string[]
  limit: number
}

function node(t: Pick<Test, 'teardown'>, { app }: Listings): Catalog {
  const catalog = createCatalog({ ...app.services, reports: createReports(app.services.store) })
  t.teardown(() => catalog.stop())
  return catalog
}

/** All pages of an answer, with cursors and facets. */
async function pagesOf(catalog: Catalog, { question, organizations, limit }: Reading) {
  const pages = []
  let cursor: string | undefined
  do {
    const viewer = { organizations, oversees: false }
    const page = got(await catalog.search({ ...question, limit, ...(cursor ? { cursor } : {}) }, viewer))
    pages.push(page)
    cursor = page.nextCursor
  } while (cursor !== undefined)
  return pages
}

/** Everything there is, and a draw of words, beginnings, slips and filters, as everybody and as organizations. */
function readings({ organizations, names }: Listings, random: Random): Reading[] {
  const { displayName, category, pricing } = madeUp(random.between(0, COUNT))
  const word = random.pick(displayName.toLowerCase().split(' '))
  const questions: Reading['question'][] = [
    {},
    { incompatible: 'show' },
    { text: word },
    { text: word.slice(0, 2), category },
    { text: `${word.slice(0, 2)}${word.slice(3)}` },
    { text: 'records every', pricing },
    { text: random.pick(names).slice(1).replace('/', ' ') },
    { publisher: madeUp(random.between(0, COUNT)).publisher },
    { kind: 'connector', verified: random.pick([true, false]) },
    { text: word, integrationType: 'ERP', incompatible: 'show' },
  ]
  const viewers = [[], organizations.slice(0, 1), organizations]
  return questions.flatMap((question) =>
    viewers.map((viewer) => ({ question, organizations: viewer, limit: random.pick([40, 100, 100]) })),
  )
}

t.test('nodes over one store', async (t) => {
  const random = seededRandom(t)
  const listings = await openListings(t, COUNT)

  await t.test('who asks while one is filled gets all of it, and what was committed before he asked', async (t) => {
    const catalog = node(t, listings)
    const counted = async () => {
      const { facets } = got(await catalog.search({ incompatible: 'show', limit: 1 }))
      return Object.values(facets.kind).reduce((sum, each) => sum + each, 0)
    }
    const early = counted()
    const [gone = ''] = listings.names
    const { suspensions } = listings.app.services.publishing
    got(await suspensions.extension(listings.moderator, gone, 'it is looked at'))
    const late = counted()
    t.ok([COUNT, COUNT - 1].includes(await early), 'never a part')
    t.equal(await late, COUNT - 1)
  })

  await t.test('each follows in its own time and answers as one that was filled from nothing', async (t) => {
    const [diligent, idle] = [node(t, listings), node(t, listings)]
    await Promise.all([diligent.start(), idle.start()])
    const everything: Reading = { question: {}, organizations: [], limit: 100 }
    for (let round = 0; round < rounds(1); round++) {
      const before = await pagesOf(idle, everything)
      for (let change = 0; change < CHANGES_A_ROUND; change++) {
        await random.pick(CHANGES)(listings, random)
        if (random.between(0, 1) === 0) got(await diligent.search({ text: 'invoice' }))
      }
      const filled = node(t, listings)
      for (const reading of readings(listings, random)) {
        const expected = await pagesOf(filled, reading)
        const asked = JSON.stringify(reading)
        // One difference is told, and enough: to compare whole lists takes long.
        for (const follower of [diligent, idle]) if (!t.same(await pagesOf(follower, reading), expected, asked)) return
      }
      t.notSame(await pagesOf(idle, everything), before, 'much has changed')
      filled.stop()
    }
  })
})
