import type { JsonObject } from '@annex/sdk/json'
import { refusal } from '../result.ts'
import { type Access, type Denied, denied, deniedFields, readable } from './authorize.ts'
import { merge, recordOf } from './record.ts'
import type { StoredRecord } from './resource-collections.ts'
import { unknownField, validateFields } from './validate-fields.ts'
import { type RowChange, sameFields } from './write-rows.ts'

export type RowPlan = { change: RowChange } | { unchanged: StoredRecord } | { denied: Denied }

/** What the platform will have set when the record is stored: conditions may name these fields too. */
interface Instant {
  now: string
}

/** A new row: its fields must be granted, valid and within the grant's conditions. */
export function planCreate(
  access: Access,
  id: string,
  fields: JsonObject,
  { now, hasContent = false }: Instant & { hasContent?: boolean },
): RowPlan {
  if (hasContent && !access.resource.content) return invalid(`${access.resource.name} have no content`)
  const withheld = deniedFields(access, [...Object.keys(fields), ...(hasContent ? ['content'] : [])], id)
  if (withheld) return { denied: withheld }
  const problem = validateFields(access.resource, fields)
  if (problem) return invalid(problem)
  const record = { ...fields, id, rev: 1, createdAt: now, updatedAt: now }
  if (!access.filter.matches(record)) return outside(access, id)
  return { change: { id, fields } }
}

/**
 * A change of a row: as it was and as it will be, it must be within the grant's conditions. A field that is not granted
 * may not even be named: whether its value would change something tells what it is.
 */
export function planUpdate(access: Access, before: StoredRecord, changes: JsonObject, { now }: Instant): RowPlan {
  const hidden = checkVisible(access, before)
  if (hidden) return { denied: hidden }
  const withheld = deniedFields(access, Object.keys(changes), before._id)
  if (withheld) return { denied: withheld }
  const unknown = unknownField(access.resource, changes)
  if (unknown) return invalid(unknown)
  const fields = merge(before.fields, changes)
  const problem = validateFields(access.resource, fields)
  if (problem) return invalid(problem)
  if (sameFields(before.fields, fields)) return { unchanged: before }
  const after = recordOf({ ...before, fields, rev: before.rev + 1, updatedAt: now })
  if (!access.filter.matches(after)) return outside(access, before._id)
  return { change: { id: before._id, before, fields } }
}

/** A row outside the grant's conditions: whoever is not shown it learns nothing, not even that it exists. */
export function checkVisible(access: Access, before: StoredRecord): Denied | undefined {
  if (access.filter.matches(recordOf(before))) return undefined
  const because = denied(access, 'row-condition', outsideMessage(access), before._id)
  if (readable(access, before)) return because
  return { ...because, refusal: refusal('NOT_FOUND', `there is no such record in ${access.resource.name}`) }
}

function outside(access: Access, id: string): { denied: Denied } {
  return { denied: denied(access, 'row-condition', outsideMessage(access), id) }
}

function outsideMessage({ resource }: Access): string {
  return `write:${resource.scope} is granted under conditions that this record does not meet`
}

function invalid(problem: string): { denied: Denied } {
  return { denied: { refusal: refusal('INVALID_ARGUMENT', problem) } }
}
