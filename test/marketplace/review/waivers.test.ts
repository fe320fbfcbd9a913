import t from 'tap'
import { versions } from '../../../marketplace/publishing/publishing-collections.ts'
import { codeOf, got, openChecker, openMarketplace, packageOf, type Rig } from '../rig/open-marketplace.ts'

/** Whose host is anybody's choice: MAN-09 wants a person. */
const wide = (version: string, more: Record<string, unknown> = {}) =>
  packageOf(version, {
    manifest: ({ annex }) => {
      annex.config = { type: 'object', properties: { base: { type: 'string' } }, required: ['base'] }
      annex.egress = [...(annex.egress ?? []), { host: '{{config.base}}', match: 'any', reason: 'The own server' }]
      Object.assign(annex, more)
    },
  })

async function held(rig: Rig, bytes: Uint8Array) {
  const { reviewId, findings } = await rig.upload(bytes)
  if (reviewId === undefined) throw new Error(JSON.stringify(findings))
  const { digest } = got(await rig.reviews.claim(rig.reviewer, reviewId))
  const decide = (waivers: { rule: string; file?: string; reason: string }[]) =>
    rig.reviews.decide(rig.reviewer, reviewId, { verdict: 'approve', reasons: [], digest, waivers })
  return { reviewId, decide }
}

t.test('waivers', async (t) => {
  const checker = await openChecker(t)
  const open = async (t: Parameters<typeof openMarketplace>[0]) => {
    const rig = await openMarketplace(t, { checker })
    await rig.openPublisher()
    return rig
  }

  t.test('what wants a person is not approved in silence', async (t) => {
    const rig = await open(t)
    const { reviewId, decide } = await held(rig, wide('1.0.0'))
    const silent = await decide([])
    t.match(silent, { error: { code: 'FINDINGS_OPEN', details: { findings: [{ rule: 'MAN-09' }] } } })
    t.match(got(await rig.reviews.get(rig.reviewer, reviewId)).open, [{ rule: 'MAN-09' }])
    t.equal(codeOf(await decide([{ rule: 'CODE-05', reason: 'Fine' }])), 'INVALID_ARGUMENT', 'waives nothing')
    t.equal(codeOf(await decide([{ rule: 'MAN-09', file: 'README.md', reason: 'Fine' }])), 'INVALID_ARGUMENT')
    t.match(got(await decide([{ rule: 'MAN-09', reason: 'An on-premise system' }])), { verdict: 'approve' })
    const version = await rig.store.asSystem('a test looks')(versions).get('@acme/site-import@1.0.0')
    t.match(version?.waivers, [{ rule: 'MAN-09', reason: 'An on-premise system', by: 'user:usr_reviewer' }])
  })

  t.test('a waiver holds for the next version while file and finding are the same', async (t) => {
    const rig = await open(t)
    const first = await held(rig, wide('1.0.0'))
    const before = await rig.store.asSystem('a test looks')(versions).get('@acme/site-import@1.0.0')
    got(await first.decide([{ rule: 'MAN-09', reason: 'An on-premise system' }]))
    const second = await held(rig, wide('1.0.1'))
    const { carried, open: left } = got(await rig.reviews.get(rig.reviewer, second.reviewId))
    // package.json carries the version: its finding is one of another file, and a person looks again.
    t.same(carried, [])
    t.match(left, [{ rule: 'MAN-09', file: 'package.json' }])
    t.ok(before)
    t.equal(codeOf(await second.decide([])), 'FINDINGS_OPEN')
  })

  t.test('a finding in a file that did not change stays waived', async (t) => {
    const rig = await open(t)
    const files = { 'dist/extension.js': `${(await import('../../sdk/package/good-package.ts')).GOOD_ENTRY}` }
    const odd = (version: string, text = '') =>
      packageOf(version, {
        files: {
          ...files,
          'dist/extension.js': files['dist/extension.js'].replace(
            'return [];',
            `globalThis["ev" + "al"]; [].constructor.constructor("return 1"); return []; ${text}`,
          ),
        },
      })
    const first = await held(rig, odd('1.0.0'))
    const rules = [...new Set(got(await rig.reviews.get(rig.reviewer, first.reviewId)).open.map(({ rule }) => rule))]
    t.ok(rules.length > 0)
    got(await first.decide(rules.map((rule) => ({ rule, reason: 'Looked at' }))))
    const same = await held(rig, odd('1.0.1'))
    t.ok(got(await rig.reviews.get(rig.reviewer, same.reviewId)).carried.length > 0)
    got(await same.decide([]))
    const changed = await held(rig, odd('1.0.2', '/* more */'))
    t.equal(codeOf(await changed.decide([])), 'FINDINGS_OPEN')
  })

  t.test("the platform's own verdict waives in its own name", async (t) => {
    const rig = await open(t)
    const { id } = await rig.upload(wide('1.0.0'))
    const decided = got(await rig.reviews.decideAsSystem(id, { reason: 'seed', text: 'Ships with the product' }))
    t.match(decided.waivers, [{ rule: 'MAN-09', by: 'system:seed', reason: 'Ships with the product' }])
  })
})
