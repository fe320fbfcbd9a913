import t from 'tap'
import { channelsAfter, isChannel, MAX_CHANNELS } from '../../../marketplace/publishing/channels.ts'
import { extensions, versions } from '../../../marketplace/publishing/publishing-collections.ts'
import { outboxEvents } from '../../../runtime/storage/outbox-collections.ts'
import { codeOf, got, openChecker, openMarketplace, packageOf, type Rig } from '../rig/open-marketplace.ts'

const NAME = '@acme/site-import'

function after(...published: string[]): Record<string, string> {
  return published.reduce<Record<string, string>>((tags, version) => channelsAfter(tags, version, undefined), {})
}

t.test('a release goes to latest, a pre-release to the channel that it names', async (t) => {
  t.same(after('1.0.0'), { latest: '1.0.0' })
  t.same(after('1.0.0-beta.3'), { beta: '1.0.0-beta.3' })
  t.same(after('1.0.0', '1.1.0-0.3.7', '1.1.0-RC.1'), { latest: '1.0.0', next: '1.1.0-0.3.7', rc: '1.1.0-RC.1' })
  for (const version of ['1.0.0-1', '1.0.0-rc1', '1.0.0-latest.1', '1.0.0-x.1', '1.0.0--', '1.0.0-1.a1'])
    t.same(after(version), { next: version })
  t.same(after('1.0.0-constructor'), { constructor: '1.0.0-constructor' }, 'a name like any other')
})

t.test('by itself no channel moves down, and latest never onto a pre-release', async (t) => {
  t.same(after('1.2.0', '1.1.9', '1.3.0-beta.2', '1.3.0-beta.1', '2.0.0', '1.9.0'), {
    latest: '2.0.0',
    beta: '1.3.0-beta.2',
  })
  t.same(channelsAfter({ latest: '1.0.0' }, '1.1.0-beta.1', 'latest'), { latest: '1.0.0' })
  t.same(channelsAfter({ lts: '1.5.0' }, '1.4.0', 'lts'), { lts: '1.5.0' })
  t.same(channelsAfter({ latest: '2.0.0' }, '1.6.0', 'lts'), { latest: '2.0.0', lts: '1.6.0' })
})

t.test('an extension has so many channels and no more', async (t) => {
  const full = Object.fromEntries(Array.from({ length: MAX_CHANNELS }, (_, at) => [`c-${at}`, '1.0.0']))
  t.same(channelsAfter(full, '2.0.0-more.1', undefined), full)
  t.match(channelsAfter(full, '2.0.0', 'c-1'), { 'c-1': '2.0.0' })
})

t.test('a name of a channel is no range of versions', async (t) => {
  for (const name of ['latest', 'beta', 'next', 'rc', 'lts-2', 'a', 'a'.repeat(32), 'constructor'])
    t.ok(isChannel(name), name)
  for (const name of ['', 'x', 'v1', '1', 'Beta', 'a_b', '-a', 'a b', 'a'.repeat(33), '*', '1.0.0', '__proto__', 'é'])
    t.notOk(isChannel(name), name)
})

async function tagsOf(rig: Rig) {
  return (await rig.store.asSystem('a test looks')(extensions).get(NAME))?.tags
}

async function publishTo(rig: Rig, version: string, channel?: string) {
  const options = channel === undefined ? {} : { channel }
  const { submission } = got(await rig.publishing.submissions.upload(rig.author, packageOf(version), options))
  await rig.jobs.runDue()
  const checked = got(await rig.publishing.submissions.get(rig.author, submission.id))
  if (checked.reviewId === undefined) throw new Error(JSON.stringify(checked.findings))
  got(await rig.approve(checked.reviewId))
  return checked
}

t.test('channels', async (t) => {
  const checker = await openChecker(t)
  const open = async (t: Parameters<typeof openMarketplace>[0]) => {
    const rig = await openMarketplace(t, { checker })
    await rig.openPublisher()
    return rig
  }

  t.test('an upload names its channel, and may name another until it is published', async (t) => {
    const rig = await open(t)
    await publishTo(rig, '2.0.0')
    t.match(await publishTo(rig, '1.9.0', 'lts'), { channel: 'lts', findings: [] }, 'a back-port that was meant')
    t.same(await tagsOf(rig), { latest: '2.0.0', lts: '1.9.0' })
    const warned = await publishTo(rig, '1.8.0')
    t.match(warned.findings, [{ rule: 'MAN-05', severity: 'warning', message: /without an explicit channel/ }])
    t.match((await publishTo(rig, '3.0.0-beta.1', 'latest')).findings, [{ rule: 'MAN-05', message: /pre-release/ }])
    t.same(await tagsOf(rig), { latest: '2.0.0', lts: '1.9.0' })
    const { submissions } = rig.publishing
    const bytes = packageOf('2.1.0')
    const first = got(await submissions.upload(rig.author, bytes, { channel: 'beta' })).submission
    await rig.jobs.runDue()
    t.match(got(await submissions.upload(rig.author, bytes)), { created: false, submission: { channel: 'beta' } })
    t.match(got(await submissions.upload(rig.author, bytes, { channel: 'canary' })), {
      submission: { channel: 'canary' },
    })
    got(await rig.approve(got(await submissions.get(rig.author, first.id)).reviewId ?? ''))
    t.same(await tagsOf(rig), { latest: '2.0.0', lts: '1.9.0', canary: '2.1.0' })
    t.match(got(await submissions.upload(rig.author, bytes, { channel: 'beta' })), {
      submission: { channel: 'canary' },
    })
    t.equal(codeOf(await submissions.upload(rig.author, packageOf('4.0.0'), { channel: 'x' })), 'INVALID_ARGUMENT')
  })

  t.test('a member moves them by hand, up and down', async (t) => {
    const rig = await open(t)
    for (const version of ['1.0.0', '1.1.0', '2.0.0-beta.1']) await publishTo(rig, version)
    const { channels } = rig.publishing
    const set = (channel: string, move: { version: string; allowPrerelease?: boolean }, who = rig.author) =>
      channels.set(who, NAME, channel, move)
    t.same(got(await set('latest', { version: '1.0.0' })), { latest: '1.0.0', beta: '2.0.0-beta.1' })
    t.match(got(await rig.catalog.search({})).data, [{ version: '1.0.0' }], 'the catalog follows')
    t.equal(codeOf(await set('latest', { version: '2.0.0-beta.1' })), 'INVALID_ARGUMENT')
    t.match(got(await set('latest', { version: '2.0.0-beta.1', allowPrerelease: true })), { latest: '2.0.0-beta.1' })
    t.match(got(await rig.catalog.detail(NAME)), { version: '2.0.0-beta.1', channels: { beta: '2.0.0-beta.1' } })
    t.match(got(await set('stable', { version: '1.1.0' })), { stable: '1.1.0' })
    t.notOk('stable' in got(await channels.remove(rig.author, NAME, 'stable')))
    t.equal(codeOf(await channels.remove(rig.author, NAME, 'stable')), 'NOT_FOUND')
    t.equal(codeOf(await channels.remove(rig.author, NAME, 'latest')), 'INVALID_ARGUMENT')
    t.equal(codeOf(await set('v1', { version: '1.0.0' })), 'INVALID_ARGUMENT')
    const rows = (await rig.audit.list('system')).data.filter(({ action }) => action === 'extension.channel')
    t.match(rows.at(-1), { target: NAME, details: { channel: 'latest', from: '1.1.0', to: '1.0.0' } })
    const { data } = await rig.store
      .asSystem('a test looks')(outboxEvents)
      .find({ where: { partition: 'system' } })
    t.equal(data.filter(({ type }) => type === 'extension.channel').length, rows.length)
  })

  t.test('only to what is published', async (t) => {
    const rig = await open(t)
    await publishTo(rig, '1.0.0')
    await rig.upload(packageOf('1.1.0'))
    const set = (version: string) => rig.publishing.channels.set(rig.author, NAME, 'beta', { version })
    for (const version of ['1.1.0', '9.0.0', 'latest', '']) t.equal(codeOf(await set(version)), 'NOT_FOUND', version)
    for (const state of ['yanked', 'removed']) {
      await rig.store.asSystem('a test writes')(versions).patch(`${NAME}@1.0.0`, { set: { state } })
      t.equal(codeOf(await set('1.0.0')), 'NOT_FOUND', state)
    }
    t.same(await tagsOf(rig), { latest: '1.0.0' })
  })

  t.test('only by members, and by keys for their publisher', async (t) => {
    const rig = await open(t)
    await publishTo(rig, '1.0.0')
    const { channels } = rig.publishing
    const set = (who: typeof rig.author) => channels.set(who, NAME, 'beta', { version: '1.0.0' })
    const key = { ...rig.author, kind: 'key', publisherScopes: ['publish:acme'] } as const
    t.equal(codeOf(await set(rig.person('stranger'))), 'PUBLISHER_FORBIDDEN')
    t.equal(codeOf(await set(rig.reviewer)), 'PUBLISHER_FORBIDDEN')
    t.equal(codeOf(await set({ ...key, publisherScopes: ['publish:other'] })), 'PUBLISHER_FORBIDDEN')
    t.equal(codeOf(await set({ ...key, userId: 'usr_stranger' })), 'PUBLISHER_FORBIDDEN', 'a key of one who left')
    t.ok((await set(key)).ok)
    t.equal(codeOf(await channels.set(rig.author, '@acme/none', 'beta', { version: '1.0.0' })), 'NOT_FOUND')
  })

  t.test('a move and a publication at once lose nothing', async (t) => {
    const rig = await open(t)
    await publishTo(rig, '1.0.0')
    const { reviewId = '' } = await rig.upload(packageOf('1.1.0'))
    const moves = ['a', 'b', 'c'].map((channel) =>
      rig.publishing.channels.set(rig.author, NAME, channel, { version: '1.0.0' }),
    )
    const [published, ...set] = await Promise.all([rig.approve(reviewId), ...moves])
    for (const outcome of [published, ...set]) t.ok(outcome?.ok)
    t.same(await tagsOf(rig), { latest: '1.1.0', a: '1.0.0', b: '1.0.0', c: '1.0.0' })
  })
})
