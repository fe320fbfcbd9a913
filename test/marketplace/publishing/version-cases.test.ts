import { compare, maxSatisfying, rsort } from 'semver'
import t from 'tap'
import { channelsAfter } from '../../../marketplace/publishing/channels.ts'
import { extensions, publishingCollections, versions } from '../../../marketplace/publishing/publishing-collections.ts'
import { highestVersion, resolveVersion } from '../../../marketplace/publishing/resolve-version.ts'
import { isPreRelease, versionKey } from '../../../marketplace/publishing/version-key.ts'
import type { Store } from '../../../runtime/storage/port.ts'
import type { Random } from '../../faults/random.ts'
import { seededRandom } from '../../faults/seed.ts'
import { openTestStore } from '../../runtime/storage/open-test-store.ts'
import { RANGES, REFUSED, TRAPS } from './version-cases.ts'
import { putVersions } from './version-documents.ts'

const NAME = '@acme/many'
const MADE = 400

t.test('versions and ranges agree with semver through the store', async (t) => {
  const store = await openTestStore(t, publishingCollections)
  const random = seededRandom(t)
  const all = [...new Set([...TRAPS, ...Array.from({ length: MADE }, () => madeVersion(random))])]
  await putVersions(store, { [NAME]: Object.fromEntries(all.map((version) => [version, {}])) })
  let cases = 0

  await t.test('order', async (t) => {
    const sorted = await sortedByEngine(store)
    t.equal(sorted.length, all.length)
    const wrong = sorted.slice(1).filter((version, at) => compare(sorted[at] ?? '', version) >= 0)
    t.same(wrong, [], 'each is above the one before')
    t.same(sorted.toReversed(), rsort([...all]))
    cases += sorted.length
  })

  await t.test('what has no place in the order has no key', async (t) => {
    t.same(
      REFUSED.filter((version) => versionKey(version) !== undefined),
      [],
    )
    cases += REFUSED.length
  })

  await t.test('ranges', async (t) => {
    const ranges = [...new Set([...RANGES, ...Array.from({ length: MADE }, () => madeRange(random, all))])]
    const wrong: string[] = []
    for (const range of ranges) {
      const theirs = maxSatisfying(all, range)
      const ours = (await resolveVersion(store.asSystem('a test asks'), NAME, { range }))?.version ?? null
      if (ours !== theirs) wrong.push(`${range}: ${ours}, not ${theirs}`)
    }
    t.same(wrong, [])
    t.ok(ranges.filter((range) => maxSatisfying(all, range) !== null).length > ranges.length / 2, 'most find one')
    cases += ranges.length
  })

  await t.test('two ranges at once', async (t) => {
    const wrong: string[] = []
    for (let i = 0; i < MADE; i++) {
      const pair = [madeRange(random, all), madeRange(random, all)]
      const both = all.filter((version) => pair.every((range) => maxSatisfying([version], range) !== null))
      const ours = (await highestVersion(store.asSystem('a test asks'), NAME, pair))?.version
      if (ours !== rsort(both)[0]) wrong.push(`${pair.join(' and ')}: ${ours}`)
    }
    t.same(wrong, [])
    cases += MADE
  })

  await t.test('latest, after each publication in any order', async (t) => {
    const system = store.asSystem('a test writes')
    let tags: Record<string, string> = {}
    const order = all.toSorted(() => random.between(-1, 1))
    const wrong: string[] = []
    for (const [at, version] of order.entries()) {
      tags = channelsAfter(tags, version, undefined)
      const highest = rsort(order.slice(0, at + 1).filter((each) => !isPreRelease(each)))[0]
      if (tags.latest !== highest) wrong.push(`${tags.latest} after ${version}, not ${highest}`)
    }
    t.same(wrong, [])
    await system(extensions).patch(NAME, { set: { tags } })
    t.equal((await resolveVersion(system, NAME, { channel: 'latest' }))?.version, maxSatisfying(all, '*'))
    cases += order.length
  })

  t.ok(cases >= 500)
  t.comment(`${cases} cases on ${store.engine}`)
})

async function sortedByEngine(store: Store): Promise<string[]> {
  const found: string[] = []
  let cursor: string | undefined
  do {
    const query = { where: { extension: NAME }, sort: [['sortKey', 'asc']], ...(cursor && { cursor }) } as const
    const page = await store.asSystem('a test reads')(versions).find(query)
    found.push(...page.data.map(({ version }) => version))
    cursor = page.nextCursor
  } while (cursor !== undefined)
  return found
}

const NUMBERS = ['0', '1', '2', '3', '9', '10', '11', '99', '100', String(Number.MAX_SAFE_INTEGER)]
const WORDS = ['a', 'A', 'alpha', 'beta', 'rc', '-', '--', 'a-', '-1', '0a', '1-', 'x', 'Z9', '00-0']

function madeVersion(random: Random): string {
  const tuple = [0, 1, 2].map(() => random.pick(NUMBERS.slice(0, 7))).join('.')
  const length = random.between(0, 3)
  const words = Array.from({ length }, () => random.pick(random.between(0, 1) === 0 ? NUMBERS : WORDS))
  return length === 0 ? tuple : `${tuple}-${words.join('.')}`
}

function madeRange(random: Random, all: readonly string[]): string {
  const [one, other] = [random.pick(all), random.pick(all)].toSorted(compare)
  const forms = [
    ...[`^${one}`, `~${one}`, `>${one}`, `>=${one}`, `<${other}`, `<=${other}`, `${one}`, `${one} - ${other}`],
    ...[`>=${one} <${other}`, `>${one} <=${other}`, `^${one} || ^${other}`, `<${one} || >${other}`, `~${one} >${one}`],
    ...[`${one?.split('.')[0]}.x`, `^${one?.split('.').slice(0, 2).join('.')}`, `>=${one} <${other} || ~${other}`],
  ]
  return random.pick(forms)
}
