import type { Json } from '@annex/sdk/json'
import { bindingsOf, type Integration } from './integration.ts'
import { mayReadWhole, type Person } from './integration-access.ts'
import { MASK, maskRecord } from './mask-record.ts'
import type { QuarantineRow } from './quarantine.ts'

export type QuarantineView = Omit<QuarantineRow, '_id' | 'rev' | 'raw' | 'organizationId' | 'resource'> & {
  id: string
  raw: Json
  /** Whether values are withheld, because the caller may not read the resource that the record was for. */
  masked: boolean
}

/** A row as `principal` is shown it. */
export function quarantineView(principal: Person, integration: Integration, row: QuarantineRow): QuarantineView {
  const { _id, rev: _, organizationId: __, raw, resource: stored, ...rest } = row
  const binding = bindingsOf(integration)[row.stream]
  const resource = stored ?? binding?.resource
  if (resource !== undefined && mayReadWhole(principal, resource)) {
    return { id: _id, ...rest, raw: row.cut ? raw : JSON.parse(raw), masked: false }
  }
  // A binding that was changed since says nothing of what the record's fields meant then.
  const known = binding?.resource === resource ? binding : undefined
  // The message may quote a value; the code and the stage do not.
  return { id: _id, ...rest, message: MASK, raw: row.cut ? MASK : maskRecord(JSON.parse(raw), known), masked: true }
}
