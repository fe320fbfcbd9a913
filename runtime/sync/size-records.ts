import type { JsonObject } from '@annex/sdk/json'
import { storageLimits } from '../storage/storage-limits.ts'
import { jsonBytes } from './json-bytes.ts'
import type { QuarantineStage } from './quarantine.ts'
import type { RejectList } from './reject-list.ts'
import { SyncFailure } from './sync-failure.ts'

/** A record on its way through the pipe. */
export interface PipeRow {
  externalId: string
  /** As it came. */
  raw: JsonObject
  /** As it is now. */
  record: JsonObject
}

/** A row that was measured. */
export interface SizedRow extends PipeRow {
  /** Of `record`, as JSON. */
  bytes: number
}

export const RECORD_LIMITS = {
  /** One record, as a whole: what the store takes as one document, less room for what the platform adds. */
  bytes: storageLimits.documentBytes - 4 * 1024,
  /** All of a page: mapping and transformations can make much of a little, and all of it is held until the commit. */
  pageBytes: 16 * 1024 * 1024,
} as const

export const RECORD_TOO_LARGE = 'RECORD_TOO_LARGE'

/**
 * Measures the rows that one stage of one page lets through. A record that is too large falls out alone; a page that is
 * too large as a whole is a `SyncFailure`, as none of its records is more at fault than the others.
 */
export function createRecordSizer(stage: QuarantineStage, rejects: RejectList): (row: PipeRow) => SizedRow[] {
  let page = 0
  return (row) => {
    const bytes = jsonBytes(row.record, RECORD_LIMITS.bytes)
    if (bytes > RECORD_LIMITS.bytes) {
      const message = `the record is larger than ${RECORD_LIMITS.bytes} bytes`
      rejects.add({ externalId: row.externalId, raw: row.raw, stage, code: RECORD_TOO_LARGE, message })
      return []
    }
    page += bytes
    if (page > RECORD_LIMITS.pageBytes) {
      const message = `the records of a page are together larger than ${RECORD_LIMITS.pageBytes} bytes`
      throw new SyncFailure('DATA_TRANSFORMATION_ERROR', `${message}: the source must yield smaller pages`)
    }
    return [{ ...row, bytes }]
  }
}
