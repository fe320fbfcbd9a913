import type { Json } from '@annex/sdk/json'
import type { Transaction } from '../../runtime/storage/port.ts'
import {
  ANALYTICS_REASON,
  type OrganizationDayDocument,
  organizationDayId,
  organizationDays,
  versionDayId,
  versionDays,
} from './analytics-collections.ts'
import { fieldsOf, type Increments } from './counts.ts'

export interface VersionDay {
  extension: string
  version: string
  day: string
}

/** Adds to the row of a version and day. */
export async function addToVersionDay(tx: Transaction, at: VersionDay, inc: Increments): Promise<void> {
  const rows = tx.asSystem(ANALYTICS_REASON)(versionDays)
  const { extension, version, day } = at
  const _id = versionDayId(extension, version, day)
  if (await rows.patch(_id, { inc })) return
  await rows.insert({ _id, extension, version, day, ...fieldsOf(inc) })
}

/** Adds to the row of an organization; the row as it was before. */
export async function addToOrganizationDay(
  tx: Transaction,
  organizationId: string,
  at: VersionDay,
  { inc = {}, set = {} }: { inc?: Increments; set?: Record<string, Json> },
): Promise<OrganizationDayDocument | undefined> {
  const rows = tx.forOrganization(organizationId)(organizationDays)
  const { extension, version, day } = at
  const _id = organizationDayId(organizationId, extension, version, day)
  const before = await rows.get(_id)
  if (before) await rows.patch(_id, { inc, set })
  else await rows.insert({ _id, extension, version, day, ...fieldsOf(inc), ...set })
  return before
}
