import type { JsonObject } from '@annex/sdk/json'
import { outboxEvents } from '../../../runtime/storage/outbox-collections.ts'
import type { SyncResult } from '../../../runtime/sync/run.ts'
import { serveCleaner, serveSites, site, sitesIn } from './erp.ts'
import { admin, ORG, openSync, type TestSync } from './open-sync.ts'

export async function opened(
  t: Parameters<typeof openSync>[0],
  records: readonly JsonObject[] = [],
): Promise<TestSync> {
  const sync = await openSync(t)
  serveSites(sync.invocations, records)
  serveCleaner(sync.invocations)
  const created = await sync.integrations.create(admin, sitesIn)
  if (!created.ok) throw new Error(JSON.stringify(created.error))
  return sync
}

export async function run({ integrations }: TestSync, request = {}): Promise<SyncResult> {
  const started = await integrations.sync(admin, 'erp', request)
  if (!started.ok) throw new Error(JSON.stringify(started.error))
  return started.value.result
}

export async function chantiers({ platform }: TestSync): Promise<JsonObject[]> {
  const all: JsonObject[] = []
  let cursor: string | undefined
  do {
    const page = await platform.list(admin, 'chantiers', { limit: 200, ...(cursor && { cursor }) })
    if (!page.ok) throw new Error(page.error.message)
    all.push(...page.value.data)
    cursor = page.value.nextCursor
  } while (cursor)
  return all
}

export async function events({ store }: TestSync): Promise<string[]> {
  const where = { partition: ORG }
  return (await store.asSystem('test')(outboxEvents).find({ where, limit: 1000 })).data.map(({ type }) => type)
}

export async function quarantined({ integrations }: TestSync) {
  const page = await integrations.quarantine(admin, 'erp')
  return page.ok ? page.value.data : []
}

export const sites = (count: number): JsonObject[] => Array.from({ length: count }, (_, n) => site(n))
