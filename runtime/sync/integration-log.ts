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

/** What a run has had of its share of the log. */
export type LogTally = {
  /** Lines of the service that were written, and of the extension. */
  service: number
  extension: number
  /** Lines of either that were not: told once, when the run is over. */
  leftOut: number
}

export const NO_LINES: LogTally = { service: 0, extension: 0, leftOut: 0 }

/**
 * An extension that logs in a loop fills its own run's share, not the store, and takes no place from what the service
 * has to say. Both shares of a run together are below what the end of a run forgets of old lines.
 */
const MAX_LINES_PER_RUN = { service: 500, extension: 400 } as const
const MAX_LINES_PER_COMMIT = 50
const MAX_MESSAGE_CHARACTERS = 2048
const RETENTION_MS = 30 * 24 * 60 * 60 * 1_000

/** Appends lines, as many as they are: a run's go through `withinShare` first. */
export async function logLines(
  handles: Handles,
  place: { organizationId: string; integrationId: string; ids: Ids; at: string },
  entries: readonly LogEntry[],
): Promise<void> {
  if (entries.length === 0) return
  const { integrationId, ids, at } = place
  const drafts = entries.map(({ source = 'service', message, ...entry }, i) => ({
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

/** What one commit of a run may write of `entries`, in their order, and how the run stands after it. */
export function withinShare(entries: readonly LogEntry[], tally: LogTally): { entries: LogEntry[]; tally: LogTally } {
  const of = (source: LogEntry['source']) => entries.filter((entry) => (entry.source ?? 'service') === source)
  const room = Math.min(MAX_LINES_PER_COMMIT, MAX_LINES_PER_RUN.service - tally.service)
  const own = gravestFirst(of('service')).slice(0, Math.max(0, room))
  const others = Math.min(MAX_LINES_PER_COMMIT - own.length, MAX_LINES_PER_RUN.extension - tally.extension)
  const said = of('extension').slice(0, Math.max(0, others))
  const kept = new Set([...own, ...said])
  return {
    entries: entries.filter((entry) => kept.has(entry)),
    tally: {
      service: tally.service + own.length,
      extension: tally.extension + said.length,
      leftOut: tally.leftOut + entries.length - kept.size,
    },
  }
}

/** A thousand dropped records must not hide the one that fell out. */
function gravestFirst(entries: readonly LogEntry[]): LogEntry[] {
  const grave = ({ level }: LogEntry) => level === 'WARN' || level === 'ERROR'
  return [...entries.filter(grave), ...entries.filter((entry) => !grave(entry))]
}

/** The line that stands for all that were left out. */
export function leftOutLine({ leftOut }: LogTally, runId: string): LogEntry[] {
  const lines = leftOut === 1 ? 'line' : 'lines'
  return leftOut === 0 ? [] : [{ level: 'WARN', message: `${leftOut} more ${lines} left out`, runId }]
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
