import type { Ids } from '../ids.ts'
import { collection, type Handles, type Stored } from '../storage/port.ts'

export type IntegrationLogLevel = 'DEBUG' | 'INFO' | 'WARN' | 'ERROR'

/** What happened in an integration, in words for the people who run it. */
export interface IntegrationLogLine extends Stored {
  organizationId: string
  integrationId: string
  runId?: string
  level: IntegrationLogLevel
  /** ISO 8601. */
  at: string
  /** Its place among the lines of one commit. */
  place: number
  message: string
  code?: string
  /** Who says so: the service, or the extension in its own words. */
  source: 'service' | 'extension'
}

export const integrationLogs = collection<IntegrationLogLine>({
  name: 'integrationLogs',
  scope: 'organization',
  indexes: {
    integration: { fields: ['integrationId', 'at', 'place'] },
    level: { fields: ['integrationId', 'level', 'at', 'place'] },
  },
})

export type LogEntry = Pick<IntegrationLogLine, 'level' | 'message'> &
  Partial<Pick<IntegrationLogLine, 'runId' | 'code' | 'source'>>

/** An extension that logs in a loop fills its own run's share, not the store. */
const MAX_LINES_PER_COMMIT = 50
const MAX_MESSAGE_CHARACTERS = 2048
const RETENTION_MS = 30 * 24 * 60 * 60 * 1_000

/** Appends lines, at most `MAX_LINES_PER_COMMIT` of them: the service's own go before the extension's. */
export async function logLines(
  handles: Handles,
  place: { organizationId: string; integrationId: string; ids: Ids; at: string },
  entries: readonly LogEntry[],
): Promise<void> {
  if (entries.length === 0) return
  const { integrationId, ids, at } = place
  const drafts = bounded(entries).map(({ source = 'service', message, ...entry }, i) => ({
    _id: ids('log'),
    integrationId,
    at,
    place: i,
    source,
    message: message.slice(0, MAX_MESSAGE_CHARACTERS).toWellFormed(),
    ...entry,
  }))
  await handles.forOrganization(place.organizationId)(integrationLogs).insertMany(drafts)
}

function bounded(entries: readonly LogEntry[]): LogEntry[] {
  const own = entries.filter(({ source }) => source !== 'extension').slice(0, MAX_LINES_PER_COMMIT)
  const others = entries.filter(({ source }) => source === 'extension').slice(0, MAX_LINES_PER_COMMIT - own.length)
  const kept = new Set([...own, ...others])
  return entries.filter((entry) => kept.has(entry))
}

/** Forgets what is older than 30 days. */
export async function pruneLogs(
  handles: Handles,
  place: { organizationId: string; integrationId: string; now: number },
): Promise<void> {
  const before = new Date(place.now - RETENTION_MS).toISOString()
  const where = { integrationId: place.integrationId, at: { $lt: before } }
  await handles.forOrganization(place.organizationId)(integrationLogs).deleteWhere(where)
}
