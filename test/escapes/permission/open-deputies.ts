import type { JsonObject } from '@annex/sdk/json'
import type { ScopeGrant } from '@annex/sdk/scopes'
import type { Test } from 'tap'
import { installed, openHostApi, type TestHost } from '../../runtime/host-api/open-host-api.ts'
import { site, user } from '../../runtime/platform/open-platform.ts'

export type Page = { data: JsonObject[]; nextCursor?: string }

export const SECRET = 'Rue du Secret'
export const BUDGET = '999999.99'
export const NOT_CLOSED = [{ field: 'status', op: 'ne' as const, value: 'CLOSED' }]
export const COLUMNS = ['reference', 'status']

export interface Deputies extends TestHost {
  /** Calls under these grants. */
  as(grants: readonly ScopeGrant[]): (name: string, args: object) => ReturnType<TestHost['call']>
  hidden: string
  shown: string
  foreign: string
}

/** A record that is shown, one that a condition hides, and one of another organization. */
export async function openDeputies(t: Test): Promise<Deputies> {
  const host = await openHostApi(t)
  const create = async (organizationId: string, more: JsonObject) => {
    const made = await host.platform.create(user(organizationId), 'chantiers', site({ budget: BUDGET, ...more }))
    if (!made.ok) throw new Error(made.error.message)
    return made.value.id
  }
  const hidden = await create('org_a', { name: SECRET, status: 'CLOSED', reference: 'C-0' })
  const shown = await create('org_a', {})
  const foreign = await create('org_b', { name: SECRET })
  const as: Deputies['as'] = (grants) => (name, args) => host.call(name, args, { installation: installed({ grants }) })
  return { ...host, as, hidden, shown, foreign }
}

export const READ_ALL: ScopeGrant[] = [{ scope: 'read:chantiers' }]
export const READ_SOME: ScopeGrant[] = [{ scope: 'read:chantiers', conditions: NOT_CLOSED }]
export const READ_COLUMNS: ScopeGrant[] = [{ scope: 'read:chantiers', columns: COLUMNS }]
export const WRITE_SOME: ScopeGrant[] = [{ scope: 'write:chantiers', conditions: NOT_CLOSED }]
