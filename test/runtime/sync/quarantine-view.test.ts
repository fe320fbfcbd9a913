import type { Json, JsonObject } from '@annex/sdk/json'
import type { ScopeGrant } from '@annex/sdk/scopes'
import t from 'tap'
import type { KeyPrincipal } from '../../../runtime/permissions/principal.ts'
import type { CreateIntegrationRequest } from '../../../runtime/sync/integration-request.ts'
import { maskRecord } from '../../../runtime/sync/mask-record.ts'
import type { StreamBinding } from '../../../runtime/sync/stream-binding.ts'
import { CREDENTIALS, hoursOut, sitesIn } from './erp.ts'
import { admin, CONNECTOR, ORG, openSync, type TestSync } from './open-sync.ts'

const hoursIn: StreamBinding = {
  direction: 'INBOUND',
  resource: 'timesheets',
  fieldMappings: [
    { sourceField: 'worker.id', targetField: 'workerId', required: true },
    { sourceField: 'worker.name', targetField: 'workerName' },
    { sourceField: 'note', targetField: 'comment', transformation: { name: 'template', template: '{{note}} {{by}}' } },
    { sourceField: 'hours', targetField: 'minutes', transformation: { name: 'toInteger' } },
    { sourceField: 'day', targetField: 'day' },
    { sourceField: 'worker.name', targetField: 'chantierId' },
    { sourceField: 'state', targetField: 'status', transformation: { name: 'map', table: { ok: 'APPROVED' } } },
  ],
}

const request: CreateIntegrationRequest = {
  name: 'ERP',
  connectorId: CONNECTOR,
  credentials: CREDENTIALS,
  streams: { sites: hoursIn },
}

const raw = {
  id: 'H1',
  worker: { id: 'w1', name: 'Marie Dupont', phone: '+33 6 00' },
  note: 'ill',
  by: 'Paul',
  hours: 'eight',
  day: '2026-11-20',
  state: 'ok',
  extra: ['Marie', null],
}

const masked = {
  id: '[masked]',
  worker: { id: 'w1', name: '[masked]', phone: '[masked]' },
  note: '[masked]',
  by: '[masked]',
  hours: 'eight',
  day: '2026-11-20',
  state: 'ok',
  extra: ['[masked]', null],
}

function key(...scopes: ScopeGrant['scope'][]): KeyPrincipal {
  const grants = scopes.map((scope) => ({ scope }))
  return { kind: 'key', keyId: 'key_1', userId: 'usr_admin', organizationId: ORG, grants }
}

async function opened(t: Parameters<typeof openSync>[0]): Promise<TestSync> {
  const sync = await openSync(t)
  sync.streams.sites = { schema: {}, primaryKey: ['id'], read: true, write: false }
  const created = await sync.integrations.create(admin, request)
  if (!created.ok) throw new Error(created.error.message)
  sync.invocations.handlers.set(`${CONNECTOR} streams.sites.read`, async function* (): AsyncGenerator<Json> {
    yield { records: [raw], checkpoint: 1 }
  })
  await sync.integrations.sync(admin, 'erp')
  return sync
}

t.test('who may read the resource sees the record whole', async (t) => {
  const { integrations } = await opened(t)
  for (const principal of [admin, { ...admin, role: 'member' as const }, key('read:timesheets')]) {
    const page = await integrations.quarantine(principal, 'erp')
    t.match(page, { value: { data: [{ externalId: 'H1', masked: false, message: /hours is not a whole number/ }] } })
    t.same(page.ok && page.value.data[0]?.raw, raw)
  }
})

t.test('who may only write sees neither personal fields nor what nobody said the meaning of', async (t) => {
  const { integrations } = await opened(t)
  const page = await integrations.quarantine(key('write:timesheets'), 'erp')
  t.match(page, { value: { data: [{ code: 'FIELD_TRANSFORMATION_FAILED', masked: true, message: '[masked]' }] } })
  t.same(page.ok && page.value.data[0]?.raw, masked)
})

t.test('rows of a stream that is bound to something else now are held to what they were for', async (t) => {
  const sync = await opened(t)
  sync.streams.hours = { schema: {}, primaryKey: ['id'], read: true, write: true }
  const site = sitesIn.streams.sites
  if (!site) throw new Error('no sites')
  await sync.integrations.update(admin, 'erp', { streams: { sites: site } })
  const page = await sync.integrations.quarantine(key('read:chantiers'), 'erp')
  t.match(page, { value: { data: [{ masked: true, raw: { id: '[masked]', worker: { id: '[masked]' } } }] } })
  t.same((await sync.integrations.quarantine(key('read:timesheets'), 'erp')).ok, false)
  t.match(await sync.integrations.quarantine(key('read:chantiers', 'read:timesheets'), 'erp'), {
    value: { data: [{ masked: false, raw }] },
  })
})

t.test('a record that is only there as text is masked as a whole', async (t) => {
  const sync = await opened(t)
  sync.invocations.handlers.set(`${CONNECTOR} streams.sites.read`, async function* (): AsyncGenerator<Json> {
    yield { records: [{ ...raw, note: 'Marie'.repeat(20_000) }], checkpoint: 2 }
  })
  await sync.integrations.sync(admin, 'erp')
  const page = await sync.integrations.quarantine(key('write:timesheets'), 'erp')
  t.match(page, { value: { data: [{ cut: true, raw: '[masked]' }] } })
  t.notMatch(JSON.stringify(page), /Marie/)
})

t.test('a record of ours has the meaning of its fields', async (t) => {
  const binding = hoursOut.streams.hours
  const ours = { id: 'rec_1', rev: 2, workerId: 'w1', workerName: 'Marie', comment: 'ill', minutes: 60, other: 'x' }
  t.same(maskRecord(ours, binding), {
    ...ours,
    workerName: '[masked]',
    comment: '[masked]',
    other: '[masked]',
  })
})

t.test('names with dots, prototypes and lists lead past no mask', async (t) => {
  const own: JsonObject = JSON.parse(
    '{"worker.id":"Marie","__proto__":{"day":"Marie"},"day":{"of":"2026"},"worker":["Marie"]}',
  )
  const shown = JSON.stringify(maskRecord(own, hoursIn))
  t.notMatch(shown, /Marie/)
  t.match(shown, /"day":\{"of":"2026"\}/, 'what is inside a plain field is plain')
  t.same(
    maskRecord(raw, undefined),
    JSON.parse(JSON.stringify(masked).replace(/"(w1|eight|2026-11-20|ok)"/g, '"[masked]"')),
  )
})

t.test('a run that stops over its records does not quote them', async (t) => {
  const sync = await opened(t)
  const records = Array.from({ length: 30 }, (_, n) => ({ ...raw, id: `H${n}`, hours: 8, state: 'Marie Dupont' }))
  sync.invocations.handlers.set(`${CONNECTOR} streams.sites.read`, async function* (): AsyncGenerator<Json> {
    yield { records, checkpoint: 2 }
  })
  await sync.integrations.sync(admin, 'erp')
  const writer = key('write:timesheets')
  const seen = [
    await sync.integrations.status(writer, 'erp'),
    await sync.integrations.runs(writer, 'erp'),
    await sync.integrations.quarantine(writer, 'erp', { limit: 200 }),
  ]
  t.match(seen[0], { value: { lastResult: { state: 'FAILED', errors: [{ message: /FIELD_TRANSFORMATION_FAILED/ }] } } })
  t.ok(seen.every(({ ok }) => ok))
  t.notMatch(JSON.stringify(seen), /has no entry/)
})
