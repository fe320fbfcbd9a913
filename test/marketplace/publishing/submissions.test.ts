import t from 'tap'
import { versions } from '../../../marketplace/publishing/publishing-collections.ts'
import { joinPublisher } from '../rig/join-publisher.ts'
import { codeOf, got, openChecker, openMarketplace, packageOf } from '../rig/open-marketplace.ts'

t.test('submissions', async (t) => {
  const checker = await openChecker(t)

  t.test('a package goes from upload through its check into review', async (t) => {
    const rig = await openMarketplace(t, { checker })
    await rig.openPublisher()
    const uploaded = got(await rig.publishing.submissions.upload(rig.author, packageOf('1.0.0')))
    t.match(uploaded, { created: true, submission: { status: 'SUBMITTED', reviewStatus: 'submitted', open: true } })
    await rig.jobs.runDue()
    const after = got(await rig.publishing.submissions.get(rig.author, uploaded.submission.id))
    t.match(after, {
      status: 'SUBMITTED',
      reviewStatus: 'in_review',
      extension: '@acme/site-import',
      version: '1.0.0',
      publisher: 'acme',
    })
    t.ok(after.report?.executions.some(({ rule, outcome }) => rule === 'PKG-05' && outcome === 'pass'))
    t.match((await rig.publishing.submissions.listOwn(rig.author, {})).data, [{ id: after.id }])
  })

  t.test('findings say what is wrong, and the number stays free for new bytes', async (t) => {
    const rig = await openMarketplace(t, { checker })
    await rig.openPublisher()
    const failed = await rig.upload(packageOf('1.0.0', { files: { LICENSE: undefined } }))
    t.match(failed, { reviewStatus: 'validation_failed', open: false })
    t.ok(failed.findings.some(({ rule, severity }) => rule === 'DOC-03' && severity === 'error'))
    t.match(await rig.upload(packageOf('1.0.0')), { reviewStatus: 'in_review' })
  })

  t.test('bytes that are no package fail their check', async (t) => {
    const rig = await openMarketplace(t, { checker })
    const failed = await rig.upload(Buffer.from('not a package'))
    t.match(failed, { reviewStatus: 'validation_failed', findings: [{ rule: 'PKG-01', severity: 'error' }] })
  })

  t.test('a number that passed once takes no other bytes', async (t) => {
    const rig = await openMarketplace(t, { checker })
    await rig.openPublisher()
    const first = await rig.upload(packageOf('1.0.0'))
    const other = await rig.upload(packageOf('1.0.0', { files: { 'src/index.ts': 'export default 1\n' } }))
    t.match(other, { reviewStatus: 'validation_failed', findings: [{ rule: 'VERSION_TAKEN', severity: 'error' }] })
    got(await rig.publishing.submissions.withdraw(rig.author, first.id))
    const again = await rig.upload(packageOf('1.0.0', { files: { 'src/index.ts': 'export default 2\n' } }))
    t.match(again.findings, [{ rule: 'VERSION_TAKEN' }], 'also after it was withdrawn')
    await rig.publish(packageOf('1.0.1'))
    const removed = { set: { state: 'removed' } }
    await rig.store.asSystem('a test removes')(versions).patch('@acme/site-import@1.0.1', removed)
    const later = await rig.upload(packageOf('1.0.1', { files: { 'src/index.ts': 'export default 3\n' } }))
    t.match(later.findings, [{ rule: 'VERSION_TAKEN' }], 'and after it was removed')
  })

  t.test('the same bytes of the same person are the same submission', async (t) => {
    const rig = await openMarketplace(t, { checker })
    await rig.openPublisher()
    const { submissions } = rig.publishing
    const both = await Promise.all([1, 2].map(() => submissions.upload(rig.author, packageOf('1.0.0'))))
    const [one, two] = both.map((outcome) => got(outcome))
    t.equal(one?.submission.id, two?.submission.id)
    t.same([one?.created, two?.created].sort(), [false, true])
    await rig.jobs.runDue()
    const later = got(await submissions.upload(rig.author, packageOf('1.0.0')))
    t.match(later, { created: false, submission: { id: one?.submission.id, reviewStatus: 'in_review' } })
  })

  t.test('two uploads of one version at once: one number, one winner', async (t) => {
    const rig = await openMarketplace(t, { checker })
    await rig.openPublisher()
    const { submissions } = rig.publishing
    const uploads = await Promise.all(
      [1, 2, 3].map((n) => submissions.upload(rig.author, packageOf('1.0.0', { files: { 'src/n.ts': `// ${n}\n` } }))),
    )
    const ids = uploads.map((outcome) => got(outcome).submission.id)
    await rig.jobs.runDue()
    const states = await Promise.all(ids.map(async (id) => got(await submissions.get(rig.author, id))))
    t.equal(states.filter(({ reviewStatus }) => reviewStatus === 'in_review').length, 1)
    const lost = states.filter(({ reviewStatus }) => reviewStatus === 'validation_failed')
    t.equal(lost.length, 2)
    for (const { findings } of lost) t.match(findings, [{ rule: 'VERSION_TAKEN' }])
    const winner = states.find(({ reviewStatus }) => reviewStatus === 'in_review')
    const version = await rig.store.asSystem('a test looks')(versions).get('@acme/site-import@1.0.0')
    t.equal(version?.digest, winner?.digest)
  })

  t.test('says who may publish under a name', async (t) => {
    const rig = await openMarketplace(t, { checker })
    const unknown = await rig.upload(packageOf('1.0.0'))
    t.match(unknown.findings, [{ rule: 'PUBLISHER_UNKNOWN', fix: /POST \/api\/marketplace\/publishers/ }])
    await rig.openPublisher()
    const stranger = await rig.upload(packageOf('1.0.0'), rig.person('stranger'))
    t.match(stranger.findings, [{ rule: 'PUBLISHER_FORBIDDEN' }])
    t.equal(stranger.extension, undefined, 'and tells a stranger nothing else')
  })

  t.test('a key publishes within its scopes and its owner membership', async (t) => {
    const rig = await openMarketplace(t, { checker })
    await rig.openPublisher()
    const { submissions } = rig.publishing
    const key = { ...rig.author, kind: 'key', publisherScopes: ['publish:acme'] } as const
    const wrong = { ...key, publisherScopes: ['publish:other'] }
    t.equal(codeOf(await submissions.upload({ ...key, publisherScopes: [] }, packageOf('1.0.0'))), 'PERMISSION_DENIED')
    const id = got(await submissions.upload(wrong, packageOf('1.0.0'))).submission.id
    await rig.jobs.runDue()
    t.match(got(await submissions.get(rig.author, id)).findings, [{ rule: 'PUBLISHER_FORBIDDEN' }])
    t.match(await rig.upload(packageOf('1.0.1'), key), { reviewStatus: 'in_review' })
    const later = got(await submissions.upload(key, packageOf('1.0.1'))).submission
    t.equal(codeOf(await submissions.get(wrong, later.id)), 'NOT_FOUND', 'and sees no more than that')
  })

  t.test('a submission is seen by its side and by reviewers', async (t) => {
    const rig = await openMarketplace(t, { checker })
    await rig.openPublisher()
    const { id } = await rig.upload(packageOf('1.0.0'))
    const { submissions } = rig.publishing
    t.equal(codeOf(await submissions.get(rig.person('stranger'), id)), 'NOT_FOUND')
    t.equal(
      codeOf(await submissions.withdraw(rig.reviewer, id)),
      'NOT_FOUND',
      'a reviewer sees, but takes nothing back',
    )
    t.ok((await submissions.get(rig.reviewer, id)).ok)
    const mate = rig.person('mate')
    await joinPublisher(rig, rig.author, { slug: 'acme', identity: mate, role: 'maintainer' })
    t.ok((await submissions.get(mate, id)).ok)
  })

  t.test('refuses too much before it does any work', async (t) => {
    const rig = await openMarketplace(t, { checker, limits: { packageBytes: 10, openSubmissions: 2 } })
    const { submissions } = rig.publishing
    t.equal(codeOf(await submissions.upload(rig.author, Buffer.alloc(11))), 'PACKAGE_TOO_LARGE')
    t.equal(codeOf(await submissions.upload(rig.author, Buffer.alloc(0))), 'PACKAGE_EMPTY')
    for (const text of ['a', 'b']) got(await submissions.upload(rig.author, Buffer.from(text)))
    t.equal(codeOf(await submissions.upload(rig.author, Buffer.from('c'))), 'TOO_MANY_SUBMISSIONS')
  })

  t.test('a withdrawn package is not judged any more', async (t) => {
    const rig = await openMarketplace(t, { checker })
    await rig.openPublisher()
    const { submissions } = rig.publishing
    const early = got(await submissions.upload(rig.author, packageOf('1.0.0'))).submission
    t.match(got(await submissions.withdraw(rig.author, early.id)), { status: 'DRAFT', reviewStatus: 'withdrawn' })
    await rig.jobs.runDue()
    t.match(got(await submissions.get(rig.author, early.id)), { reviewStatus: 'withdrawn' })
    const late = await rig.upload(packageOf('1.0.0'))
    got(await submissions.withdraw(rig.author, late.id))
    t.equal(codeOf(await rig.reviews.claim(rig.reviewer, late.reviewId ?? '')), 'REVIEW_CLOSED')
    t.equal(codeOf(await submissions.withdraw(rig.author, late.id)), 'SUBMISSION_STATE')
  })

  t.test('look-alike names of one publisher clash', async (t) => {
    const rig = await openMarketplace(t, { checker })
    await rig.openPublisher()
    await rig.upload(packageOf('1.0.0'))
    const alike = packageOf('1.0.0', {
      manifest: (manifest) => {
        manifest.name = '@acme/siteimport'
      },
    })
    t.match((await rig.upload(alike)).findings, [{ rule: 'NAME_TAKEN' }])
  })
})

t.test('a check that dies each time is not a pass, and is tried again', async (t) => {
  const crashed = { ok: false, code: 'CHECK_CRASHED', message: 'The check crashed' } as const
  const real = await openChecker(t)
  let broken = true
  const check: typeof real.check = async (bytes, options) => (broken ? crashed : real.check(bytes, options))
  const rig = await openMarketplace(t, { checker: { ...real, check } })
  await rig.openPublisher()
  const { submissions } = rig.publishing
  const { submission } = got(await submissions.upload(rig.author, packageOf('1.0.0')))
  t.equal(codeOf(await submissions.report(rig.author, submission.id)), 'NOT_FOUND')
  const breakOff = async () => {
    for (let i = 0; i < 5; i++) {
      await rig.jobs.runDue()
      rig.clock.move(3_600_000)
    }
    return got(await submissions.get(rig.author, submission.id))
  }
  const after = await breakOff()
  const links = { retry: `/api/marketplace/submissions/${submission.id}/retry` }
  t.match(after, { reviewStatus: 'validation_error', findings: [{ rule: 'CHECK', severity: 'error' }], links })
  t.same(
    (await rig.audit.list('system', { action: 'submission.validate' })).data.map(({ outcome }) => outcome),
    ['refused'],
  )
  t.equal(codeOf(await submissions.retry(rig.person('stranger'), submission.id)), 'NOT_FOUND')
  t.match(got(await submissions.retry(rig.author, submission.id)), { reviewStatus: 'submitted', findings: [] })
  t.match(got(await submissions.retry(rig.author, submission.id)), { reviewStatus: 'submitted' }, 'twice is once')
  t.match(await breakOff(), { reviewStatus: 'validation_error' })
  broken = false
  const again = got(await submissions.upload(rig.author, packageOf('1.0.0')))
  t.match(again, { created: false, submission: { id: submission.id, reviewStatus: 'submitted' } })
  await rig.jobs.runDue()
  t.match(got(await submissions.get(rig.author, submission.id)), { reviewStatus: 'in_review', version: '1.0.0' })
  t.match(got(await submissions.report(rig.author, submission.id)), { ok: true, package: { version: '1.0.0' } })
  t.equal(codeOf(await submissions.retry(rig.author, submission.id)), 'SUBMISSION_STATE')
})

t.test('refuses bytes that are not those that were announced', async (t) => {
  const rig = await openMarketplace(t)
  const declaredDigest = 'ab'.repeat(32)
  const refused = await rig.publishing.submissions.upload(rig.author, packageOf('1.0.0'), { declaredDigest })
  t.match(refused, { ok: false, error: { code: 'PACKAGE_DIGEST_MISMATCH', details: { rule: 'PKG-17' } } })
})
