import type { Json, JsonObject } from '@annex/sdk/json'
import type { CreateIntegrationRequest } from '../../../runtime/sync/integration-request.ts'
import { type FakeInvocations, listOf, readOptions } from './fake-invocations.ts'
import { CLEANER, CONNECTOR } from './open-sync.ts'

export const CREDENTIALS = { apiKey: 'top-secret-key' }

/** Sites in, over the cleaner. */
export const sitesIn: CreateIntegrationRequest = {
  name: 'ERP',
  connectorId: CONNECTOR,
  config: { site: 'paris' },
  credentials: CREDENTIALS,
  streams: {
    sites: {
      direction: 'INBOUND',
      resource: 'chantiers',
      fieldMappings: [
        { sourceField: 'id', targetField: 'reference', required: true },
        { sourceField: 'nom', targetField: 'name', transformation: { name: 'trim' }, required: true },
        {
          sourceField: 'etat',
          targetField: 'status',
          transformation: { name: 'map', table: { 'En cours': 'ACTIVE', 'N.C.': 'PLANNED', Perdu: 'LOST' } },
          defaultValue: 'PLANNED',
        },
        { sourceField: 'adresse.ville', targetField: 'city' },
      ],
      transformations: [{ installation: CLEANER, order: 1 }],
    },
  },
}

/** Hours out. */
export const hoursOut: CreateIntegrationRequest = {
  name: 'Hours',
  connectorId: CONNECTOR,
  credentials: CREDENTIALS,
  streams: {
    hours: {
      direction: 'OUTBOUND',
      resource: 'timesheets',
      fieldMappings: [
        { sourceField: 'workerId', targetField: 'worker.id', required: true },
        { sourceField: 'minutes', targetField: 'minutes' },
      ],
      batchSize: 10,
    },
  },
}

export function site(n: number, more: JsonObject = {}): JsonObject {
  return { id: `S${n}`, nom: ` Site ${n} `, etat: 'En cours', adresse: { ville: 'Lyon' }, ...more }
}

/** Serves `records` in pages; `pageSize` may differ from page to page but follows from the place. */
export function serveSites(
  { handlers }: FakeInvocations,
  records: readonly JsonObject[],
  options: {
    pageSize?: (offset: number) => number
    before?: (offset: number) => unknown
    deletedIds?: string[]
  } = {},
): void {
  const { pageSize = () => 100, before = () => {}, deletedIds } = options
  handlers.set(`${CONNECTOR} streams.sites.read`, async function* (request): AsyncGenerator<Json> {
    let offset = Number(readOptions(request).checkpoint?.offset ?? 0)
    while (offset < records.length) {
      await before(offset)
      const page = records.slice(offset, offset + pageSize(offset))
      offset += page.length
      yield { records: page, checkpoint: { offset } }
    }
    if (deletedIds) yield { records: [], deletedIds, checkpoint: { offset } }
  })
}

/** Passes records through; `poison` decides what becomes of a whole batch that holds one. */
export function serveCleaner({ handlers }: FakeInvocations, poison: (record: JsonObject) => void = () => {}): void {
  handlers.set(`${CLEANER} transform`, (request) =>
    listOf(request).map((record) => {
      poison(record)
      if (record.city === 'drop') return { drop: 'not ours' }
      return record.city === 'bad' ? { error: { code: 'NO_CITY', message: 'no such city' } } : { ok: record }
    }),
  )
}
