import type { Report } from '@annex/package/report'
import t from 'tap'
import { versions } from '../../../marketplace/publishing/publishing-collections.ts'
import { codeOf, got, openChecker, openMarketplace, packageOf } from '../rig/open-marketplace.ts'

t.test('what is published is held against newer data, and only told', async (t) => {
  const rig = await openMarketplace(t, { checker: await openChecker(t) })
  await rig.openPublisher()
  await rig.publish(packageOf('1.0.0'))
  const { ruleData } = rig
  const shown = async () => {
    const { submissionId = '' } = (await version()) ?? {}
    return got(await rig.publishing.submissions.get(rig.author, submissionId)).recheck
  }
  const version = () => rig.store.asSystem('a test looks')(versions).get('@acme/site-import@1.0.0')
  const operator = rig.person('operator', ['operator'])
  const recheck = async () => {
    await rig.publishing.rechecks.begin()
    await rig.jobs.runDue()
    return version()
  }
  t.equal((await recheck())?.recheck, undefined, 'it was checked against these rules a moment ago')

  const report = (await rig.reports.get((await version())?.reportId ?? '')) as Required<Report>
  const file = report.package.files.find(({ path }) => path === 'src/index.ts')
  t.ok(file)
  got(await ruleData.import(operator, 'harmful-files', [file?.sha256 ?? '']))
  t.match(await recheck(), {
    state: 'published',
    recheck: { ok: false, findings: [{ rule: 'CODE-13', severity: 'error', file: 'src/index.ts' }] },
  })
  t.match(await shown(), { ok: false, findings: [{ rule: 'CODE-13' }], against: undefined })
  t.match((await rig.audit.list('system', { action: 'version.recheck' })).data, [{ outcome: 'refused' }])
  got(await ruleData.import(operator, 'harmful-files', []))
  t.match(await recheck(), { state: 'published', recheck: { ok: true, findings: [] } })
  t.match(await shown(), { ok: true, findings: [] })
  t.match(await ruleData.list(), [{ kind: 'harmful-files', count: 0, by: 'user:usr_operator' }])
})

t.test('a harmful file keeps a new version out', async (t) => {
  const rig = await openMarketplace(t)
  await rig.openPublisher()
  const operator = rig.person('operator', ['operator'])
  const bytes = packageOf('1.0.0')
  const checked = await rig.checker.check(bytes, {})
  if (!checked.ok || !checked.value.package) throw new Error('the good package is good')
  const [first] = checked.value.package.files
  got(await rig.ruleData.import(operator, 'harmful-files', [first?.sha256 ?? '']))
  t.match(await rig.upload(bytes), { reviewStatus: 'validation_failed', findings: [{ rule: 'CODE-13' }] })
})

t.test('refuses rows that are none of their kind', async (t) => {
  const rig = await openMarketplace(t)
  const operator = rig.person('operator', ['operator'])
  const advisory = { id: 'GHSA-1', library: 'left-pad', affected: '<1.2.0', severity: 'high', summary: 'It pads right' }
  t.equal(
    codeOf(await rig.ruleData.import(operator, 'advisories', [{ ...advisory, affected: 'soon' }])),
    'INVALID_ARGUMENT',
  )
  t.equal(codeOf(await rig.ruleData.import(operator, 'harmful-files', ['abc'])), 'INVALID_ARGUMENT')
  t.equal(codeOf(await rig.ruleData.import(operator, 'trademarks', ['x'])), 'INVALID_ARGUMENT')
  t.same(await rig.ruleData.list(), [])
  got(await rig.ruleData.import(operator, 'advisories', [advisory]))
  t.match(await rig.ruleData.current(), { advisories: [advisory] })
})
