import { createHash } from 'node:crypto'
import type { JsonObject } from '@annex/sdk/json'
import t from 'tap'
import { contents, contentUsage } from '../../../runtime/platform/content-documents.ts'
import { CONTENT_LIMITS, type ContentSource, createContents, keepContent } from '../../../runtime/platform/contents.ts'
import type { Result } from '../../../runtime/result.ts'
import { afterEachFind } from '../storage/after-each-find.ts'
import { EVERYTHING, installation, openPlatform, site, type TestPlatform, user } from './open-platform.ts'

const me = user()
const BYTES = Buffer.from('%PDF-1.7 of a kind')

function source(bytes: Uint8Array = BYTES): ContentSource & { opened: number } {
  const made = {
    type: 'application/pdf',
    opened: 0,
    open: async function* () {
      made.opened++
      yield bytes.subarray(0, 5)
      yield bytes.subarray(5)
    },
  }
  return made
}

function valueIn<T>(result: Result<T>): T {
  if (result.ok) return result.value
  throw new Error(JSON.stringify(result.error))
}

const codeIn = (result: Result<unknown>) => (result.ok ? 'ok' : result.error.code)

async function create({ platform }: TestPlatform, more: JsonObject = {}, from: ContentSource = source()) {
  return valueIn(await platform.create(me, 'documents', { name: 'Plan.pdf', ...more }, from))
}

/** All that is kept of contents. */
async function kept({ store }: TestPlatform) {
  const system = store.asSystem('a test looks')
  const usage = (await system(contentUsage).find({})).data.map((one) => [one.contents, one.bytes ?? 0])
  return { rows: (await system(contents).find({})).data, usage }
}

t.test('a record keeps its bytes, and says what they are', async (t) => {
  const one = await openPlatform(t)
  const made = await create(one)
  const digest = createHash('sha256').update(BYTES).digest('hex')
  t.match(made, { name: 'Plan.pdf', content: { size: BYTES.length, type: 'application/pdf', digest } })
  t.same(valueIn(await one.platform.get(me, 'documents', made.id)), made)
  const content = valueIn(await one.platform.content(me, 'documents', made.id))
  t.match(content, { size: BYTES.length, type: 'application/pdf', digest, name: 'Plan.pdf' })
  t.ok(Buffer.concat(await Array.fromAsync(content.open())).equals(BYTES))
  t.same((await kept(one)).usage, [[1, BYTES.length]])
  const renamed = valueIn(await one.platform.update(me, 'documents', made.id, { name: 'Plan B.pdf' }))
  t.match(renamed, { name: 'Plan B.pdf', content: made.content }, 'and keeps them when its fields change')
})

t.test('bytes go with their record, and only with theirs', async (t) => {
  const one = await openPlatform(t)
  const [first, second] = [await create(one), await create(one, { name: 'The same bytes.pdf' })]
  const sweep = () => createContents(one).sweep()
  await sweep()
  t.same((await kept(one)).usage, [[2, 2 * BYTES.length]], 'what a record has is not swept')
  valueIn(await one.platform.remove(me, 'documents', first.id))
  t.equal(codeIn(await one.platform.content(me, 'documents', first.id)), 'NOT_FOUND')
  await sweep()
  const { rows, usage } = await kept(one)
  t.same(usage, [[1, BYTES.length]])
  t.equal(rows.length, 1)
  const left = valueIn(await one.platform.content(me, 'documents', second.id))
  t.ok(Buffer.concat(await Array.fromAsync(left.open())).equals(BYTES))
})

t.test('a batch that removes records lets go of their bytes too', async (t) => {
  const one = await openPlatform(t)
  const { id } = await create(one)
  const removed = await one.store.tx((tx) => one.platform.within(tx).removeMany(me, 'documents', [id]))
  t.match(removed, { value: [{ change: 'removed' }] })
  await createContents(one).sweep()
  t.same(await kept(one), { rows: [], usage: [[0, 0]] })
})

t.test('whoever is not shown a record, or its content, gets no bytes', async (t) => {
  const one = await openPlatform(t)
  const { id } = await create(one, { category: 'PLAN' })
  const ask = (limits: object) =>
    one.platform.content(installation([{ scope: 'read:documents', ...limits }]), 'documents', id)
  t.equal(codeIn(await ask({})), 'ok')
  t.equal(codeIn(await ask({ columns: ['name', 'content'] })), 'ok')
  t.equal(codeIn(await ask({ columns: ['name'] })), 'PERMISSION_DENIED')
  t.notOk('name' in valueIn(await ask({ columns: ['content'] })), 'the name is a column of its own')
  t.equal(codeIn(await ask({ conditions: [{ field: 'category', op: 'eq', value: 'PLAN' }] })), 'ok')
  t.equal(codeIn(await ask({ conditions: [{ field: 'category', op: 'eq', value: 'PAY' }] })), 'NOT_FOUND')
  t.equal(codeIn(await one.platform.content(user('org_b'), 'documents', id)), 'NOT_FOUND', 'nor another organization')
  const narrow = installation([{ scope: 'read:documents', columns: ['name'] }])
  t.notOk('content' in valueIn(await one.platform.get(narrow, 'documents', id)))
  await one.audit.flush()
  const rules = (await one.audit.list('org_a')).data.filter(({ outcome }) => outcome === 'refused')
  t.same(rules.map(({ rule }) => rule).sort(), ['column-not-granted', 'row-condition'])
})

t.test('what would be refused takes no bytes', async (t) => {
  const one = await openPlatform(t)
  const from = source()
  const attempt = (who: Parameters<typeof one.platform.create>[0], record: JsonObject, resource = 'documents') =>
    one.platform.create(who, resource, record, from)
  t.equal(codeIn(await attempt(installation([]), { name: 'a' })), 'PERMISSION_DENIED')
  const columns = installation([{ scope: 'write:documents', columns: ['name'] }])
  t.equal(codeIn(await attempt(columns, { name: 'a' })), 'PERMISSION_DENIED')
  t.equal(codeIn(await attempt(me, {})), 'INVALID_ARGUMENT')
  t.equal(codeIn(await attempt(me, { name: 'a', content: { size: 1, type: 'a/b', digest: '' } })), 'INVALID_ARGUMENT')
  t.equal(codeIn(await attempt(me, site(), 'chantiers')), 'INVALID_ARGUMENT')
  t.equal(from.opened, 0)
  t.same(await kept(one), { rows: [], usage: [] })
})

t.test('a source that fails, or brings too much, leaves nothing behind', async (t) => {
  const one = await openPlatform(t)
  const failing = { type: 'a/b', open: () => failure() }
  await t.rejects(one.platform.create(me, 'documents', { name: 'a' }, failing), { message: 'the source failed' })
  const piece = new Uint8Array(1024 * 1024)
  const endless = { type: 'a/b', open: () => pieces(piece, CONTENT_LIMITS.bytes / piece.length + 1) }
  const refused = await one.platform.create(me, 'documents', { name: 'a' }, endless)
  t.match(refused, { error: { code: 'QUOTA_EXCEEDED' } })
  t.same(await kept(one), { rows: [], usage: [[0, 0]] })
  t.same(valueIn(await one.platform.list(me, 'documents')).data, [])
})

t.test('an organization that is full makes room of what nobody has any more', async (t) => {
  const one = await openPlatform(t)
  const { id } = await create(one)
  const usage = one.store.forOrganization('org_a')(contentUsage)
  await usage.increment('org_a', 'bytes', CONTENT_LIMITS.organizationBytes - BYTES.length)
  t.match(await one.platform.create(me, 'documents', { name: 'a' }, source()), { error: { code: 'QUOTA_EXCEEDED' } })
  valueIn(await one.platform.remove(me, 'documents', id))
  t.match(await one.platform.create(me, 'documents', { name: 'a' }, source()), { ok: true })
})

t.test('bytes that come to a record while they are swept stay whole', async (t) => {
  const one = await openPlatform(t)
  const received = valueIn(await createContents(one).receive('org_a', source()))
  one.clock.move(CONTENT_LIMITS.receivingMs + 1)
  const store = afterEachFind(one.store, () => one.store.tx((tx) => keepContent(tx, 'org_a', received)))
  await createContents({ ...one, store }).sweep()
  t.ok(await one.store.blobs.get(received.blob))
  t.match(await kept(one), { rows: [{ _id: received.id, blob: received.blob }], usage: [[1, BYTES.length]] })
})

t.test('bytes that are being deleted come to no record', async (t) => {
  const one = await openPlatform(t)
  const received = valueIn(await createContents(one).receive('org_a', source()))
  await one.store
    .forOrganization('org_a')(contents)
    .patch(received.id, { set: { leaving: true } })
  await t.rejects(
    one.store.tx((tx) => keepContent(tx, 'org_a', received)),
    { message: /is gone/ },
  )
})

t.test('a document may have no content', async (t) => {
  const one = await openPlatform(t)
  const made = valueIn(await one.platform.create(installation(EVERYTHING), 'documents', { name: 'To come' }))
  t.notOk('content' in made)
  t.equal(codeIn(await one.platform.content(me, 'documents', made.id)), 'NOT_FOUND')
})

async function* failure(): AsyncGenerator<Uint8Array> {
  yield BYTES
  throw new Error('the source failed')
}

async function* pieces(piece: Uint8Array, count: number): AsyncGenerator<Uint8Array> {
  for (let i = 0; i < count; i++) yield piece
}
