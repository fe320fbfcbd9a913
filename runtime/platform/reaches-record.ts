import { resourceNamed } from '@annex/sdk/resources'
import { resourceOf, type Scope } from '@annex/sdk/scopes'
import { compileConditions } from '../permissions/compile-conditions.ts'
import { decide } from '../permissions/decide.ts'
import type { KeyPrincipal, UserPrincipal } from '../permissions/principal.ts'
import type { Restrictions } from '../permissions/restrictions.ts'
import type { Store } from '../storage/port.ts'
import { recordOf } from './record.ts'
import { collectionOf } from './resource-collections.ts'

/** Whether a grant's conditions let a record pass, as it stands now. */
export type ReachesRecord = (limits: Restrictions) => boolean

export interface RecordQuestion {
  /** Who asks: they must see the record whole, or the answer would tell what is in it. */
  asker: UserPrincipal | KeyPrincipal
  scope: Scope
  resource: string
  id: string
  /** Milliseconds since the Unix epoch. */
  at: number
}

/** Nothing when there is no such record, and the same when the asker is not shown all of it. */
export async function reachesRecord(
  store: Store,
  { asker, scope, resource: name, id, at }: RecordQuestion,
): Promise<ReachesRecord | undefined> {
  const resource = resourceNamed(name)
  if (!resource || resource.scope !== resourceOf(scope)) return undefined
  const seen = decide(asker, `read:${resource.scope}`, { at })
  if (!seen.allowed || seen.limits.columns) return undefined
  const stored = await store.forOrganization(asker.organizationId)(collectionOf(resource)).get(id)
  if (!stored) return undefined
  const record = recordOf(stored)
  if (!compileConditions(seen.limits.conditions).matches(record)) return undefined
  return (limits) => compileConditions(limits.conditions).matches(record)
}
