import type { Json, JsonObject } from '@annex/sdk/json'
import fc from 'fast-check'
import t from 'tap'
import type { FieldMapping } from '../../../runtime/sync/field-mapping.ts'
import { jsonBytes } from '../../../runtime/sync/json-bytes.ts'
import { RECORD_LIMITS } from '../../../runtime/sync/size-records.ts'
import { hoursOut, serveCleaner, serveSites, site, sitesIn } from './erp.ts'
import { Ends, listOf } from './fake-invocations.ts'
import { chantiers, opened, quarantined, run, sites } from './inbound-sync.ts'
import { admin, CLEANER, CONNECTOR, openSync, type TestSync } from './open-sync.ts'

const MIB = 1024 * 1024

t.test('bytes are counted as JSON has them', async () => {
  fc.assert(fc.property(fc.jsonValue(), (value) => jsonBytes(value as Json, 1e9) === bytesOf(value)))
  fc.assert(
    fc.property(fc.jsonValue(), fc.nat(60), (value, limit) => {
      const bytes = bytesOf(value)
      const counted = jsonBytes(value as Json, limit)
      return bytes > limit ? counted > limit : counted === bytes
    }),
  )
})

function bytesOf(value: unknown): number {
  return Buffer.byteLength(JSON.stringify(value))
}

t.test('one long text in a thousand places is never written out', async (t) => {
  const text = 'x'.repeat(4 * MIB)
  const record = Object.fromEntries(Array.from({ length: 1_000 }, (_, n) => [`f${n}`, text]))
  t.ok(jsonBytes(record, MIB) > MIB)
})

/** What goes out is `copies` times what the record has. */
async function swollen(t: Parameters<typeof openSync>[0], copies: number): Promise<TestSync> {
  const sync = await openSync(t)
  const template = '{{comment}}'.repeat(30)
  const fieldMappings: FieldMapping[] = Array.from({ length: copies }, (_, n) => ({
    sourceField: 'comment',
    targetField: `field${n}`,
    transformation: { name: 'template', template },
  }))
  const bound = hoursOut.streams.hours
  if (!bound) throw new Error('no hours')
  await sync.integrations.create(admin, { ...hoursOut, streams: { hours: { ...bound, fieldMappings } } })
  return sync
}

t.test('a mapped record that is too large as a whole is quarantined, and the others go out', async (t) => {
  const sync = await swollen(t, 30)
  for (const length of [10, 2_000, 20]) {
    const record = { workerId: 'w', day: '2026-11-20', minutes: 1, status: 'DRAFT', comment: 'é'.repeat(length) }
    await sync.platform.create(admin, 'timesheets', record)
  }
  sync.invocations.handlers.set(`${CONNECTOR} streams.hours.write`, (request) => {
    const operations = listOf(request)
    if (bytesOf(operations) > 2 * MIB) throw new Ends('QUOTA')
    return operations.map(() => ({ ok: true }))
  })
  const started = await sync.integrations.sync(admin, 'hours')
  t.match(started, { value: { result: { state: 'PARTIAL', streams: [{ counters: { created: 2, quarantined: 1 } }] } } })
  t.match(await sync.integrations.quarantine(admin, 'hours'), {
    value: { data: [{ stage: 'MAPPING', code: 'RECORD_TOO_LARGE', cut: false }] },
  })
})

t.test('a record that a transformation makes too large is quarantined, and the others come in', async (t) => {
  const sync = await opened(t, sites(150))
  sync.invocations.handlers.set(`${CLEANER} transform`, (request) =>
    listOf(request).map((record) => ({
      ok: record.reference === 'S120' ? { ...record, blob: 'x'.repeat(RECORD_LIMITS.bytes) } : record,
    })),
  )
  t.match(await run(sync), { state: 'PARTIAL', streams: [{ counters: { created: 149, quarantined: 1 } }] })
  t.match(await quarantined(sync), [{ externalId: 'S120', stage: 'TRANSFORM', code: 'RECORD_TOO_LARGE' }])
  t.equal((await chantiers(sync)).length, 149)
})

t.test('a page that mapping makes too large as a whole stops the run', async (t) => {
  const sync = await openSync(t)
  const template = '{{nom}}'.repeat(100)
  const bound = sitesIn.streams.sites
  if (!bound) throw new Error('no sites')
  const fieldMappings: FieldMapping[] = ['name', 'client', 'street', 'city', 'reference'].map((targetField) => ({
    sourceField: 'nom',
    targetField,
    transformation: { name: 'template', template },
  }))
  serveCleaner(sync.invocations)
  await sync.integrations.create(admin, { ...sitesIn, streams: { sites: { ...bound, fieldMappings } } })
  const records: JsonObject[] = Array.from({ length: 1_000 }, (_, n) => site(n, { nom: 'x'.repeat(400) }))
  serveSites(sync.invocations, records, { pageSize: () => 1_000 })
  const result = await run(sync)
  t.match(result, { state: 'FAILED', errors: [{ code: 'DATA_TRANSFORMATION_ERROR', message: /smaller pages/ }] })
  t.notOk(sync.invocations.requests.some(({ reason }) => reason === 'transform'))
})
