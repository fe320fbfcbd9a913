import { mkdirSync } from 'node:fs'
import { join } from 'node:path'
import t from 'tap'
import { createCompareRuns } from '../../../runtime/trials/compare-runs.ts'
import { openSandbox } from '../../runtime/sandbox/start-guest.ts'
import { act, acting } from '../../sdk/package/trial-case.ts'
import { packTrial } from '../../sdk/package/trial-project.ts'
import { codeOf, got, openChecker, openMarketplace } from '../rig/open-marketplace.ts'

const WAS = `await ctx.kv.get('a'); return { sum: input.n + 1, same: true }`
const IS = `await ctx.platform.chantiers.list().catch(() => {}); return { sum: input.n + 2, same: true }`

t.test('a version beside the last approved one', async (t) => {
  const checker = await openChecker(t)
  const sandbox = await openSandbox(t, { maxChildren: 2 })
  let runs = 0
  const compare = createCompareRuns({ checker, sandbox })
  const rig = await openMarketplace(t, {
    checker,
    compareRuns: (before, after) => {
      runs++
      return compare(before, after)
    },
  })
  await rig.openPublisher()
  const folder = t.testdir()
  const pack = (version: string, body: string, cases: Record<string, unknown>, more: Record<string, unknown> = {}) => {
    const own = join(folder, version)
    mkdirSync(own)
    const manifest = (each: { version: string; annex: Record<string, unknown> }) => {
      each.version = version
      Object.assign(each.annex, more)
    }
    return packTrial(own, sandbox, acting(version, body, { cases, manifest }))
  }
  const first = await rig.upload(
    await pack('1.0.0', WAS, { plus: act({ n: 1 }, { sum: 2, same: true }), old: act({ n: 5 }, { $any: 'object' }) }),
  )
  const firstId = first.reviewId ?? 'none'

  await t.test('a first version is run alone', async (t) => {
    t.equal(codeOf(await rig.reviews.difference(rig.reviewer, firstId)), 'CONFLICT')
    const alone = got(await rig.reviews.behaviour(rig.reviewer, firstId))
    t.match(alone, { after: { version: '1.0.0' }, before: undefined, stopped: false })
    t.match(alone.fixtures.map(({ fixture }) => fixture).toSorted(), ['old', 'plus'])
    t.match(alone.fixtures[0], { before: undefined, after: { ok: true, calls: [{ name: 'kv.get' }] }, output: [] })
  })
  got(await rig.approve(firstId))
  runs = 0

  const scopes = { required: [{ scope: 'read:chantiers', reason: 'Lists the sites' }] }
  const next = await pack('1.1.0', IS, { plus: act({ n: 1 }, { sum: 3, same: true }) }, { permissions: scopes })
  const { reviewId: id = 'none' } = await rig.upload(next)

  t.test('what is other is told part by part', async (t) => {
    const difference = got(await rig.reviews.difference(rig.reviewer, id))
    t.match(difference, { before: { version: '1.0.0' }, after: { version: '1.1.0' } })
    t.match(difference.widened, [{ kind: 'scope', name: 'read:chantiers' }])
    t.match(difference.narrowed, [{ kind: 'scope', name: 'write:chantiers' }])
    t.same(
      difference.manifest.map(({ part }) => part),
      ['annex.permissions', 'version'],
    )
    const source = difference.sources.find(({ path }) => path === 'src/index.ts')
    t.ok(source?.hunks.some(({ lines }) => lines.some((line) => line.startsWith('+') && line.includes('input.n + 2'))))
    t.ok(difference.bundle?.hunks.some(({ lines }) => lines.some((line) => line.startsWith('+') && line.includes('2'))))
    t.ok(difference.files.some(({ path, change }) => path === 'fixtures/old/case.json' && change === 'removed'))
  })

  t.test('both run on the same fixtures, those of the earlier one too', async (t) => {
    const asked = await Promise.all([1, 2].map(() => rig.reviews.behaviour(rig.reviewer, id)))
    const [behaviour] = asked.map(got)
    t.equal(runs, 1, 'two who ask at once share a run')
    t.same(
      behaviour?.fixtures.map(({ fixture, from }) => [fixture, from]),
      [
        ['plus', 'after'],
        ['old', 'before'],
      ],
    )
    const [plus] = behaviour?.fixtures ?? []
    t.equal(plus?.before?.ok, false)
    t.equal(plus?.after.ok, true)
    t.match(plus?.before?.calls, [{ name: 'kv.get' }])
    t.match(plus?.after.calls, [{ name: 'platform.list', scope: 'read:chantiers' }])
    t.same(plus?.output, [{ path: '/sum', expected: '2', actual: '3' }])
    got(await rig.reviews.behaviour(rig.reviewer, id))
    t.equal(runs, 1, 'what came of it is kept')
  })

  t.test('it is for reviewers, and of what has something before it', async (t) => {
    t.equal(codeOf(await rig.reviews.difference(rig.author, id)), 'NOT_FOUND')
    t.equal(codeOf(await rig.reviews.behaviour(rig.author, id)), 'NOT_FOUND')
    const first = got(await rig.reviews.queue(rig.reviewer, {})).data
    t.equal(first.length, 1)
    got(await rig.approve(id))
    t.match(got(await rig.reviews.difference(rig.reviewer, id)), { before: { version: '1.0.0' } }, 'also afterwards')
  })
})
