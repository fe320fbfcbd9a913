import type { JsonObject } from '@annex/sdk/json'
import { ALL_SCOPES, type ScopeGrant } from '@annex/sdk/scopes'
import type { Test } from 'tap'
import type { InstallationPrincipal, UserPrincipal } from '../../../runtime/permissions/principal.ts'
import { createPlatform, type Platform } from '../../../runtime/platform/platform.ts'
import { platformCollections } from '../../../runtime/platform/resource-collections.ts'
import type { Collection, Stored } from '../../../runtime/storage/port.ts'
import { openTestAudit, type TestAudit } from '../audit/open-test-audit.ts'

export type TestPlatform = TestAudit & { platform: Platform }

/** The platform's handlers on an empty store. */
export async function openPlatform(
  t: Pick<Test, 'teardown'>,
  more: readonly Collection<Stored>[] = [],
): Promise<TestPlatform> {
  const deps = await openTestAudit(t, [...platformCollections, ...more])
  return { ...deps, platform: createPlatform(deps) }
}

export const EVERYTHING: readonly ScopeGrant[] = ALL_SCOPES.map((scope) => ({ scope }))

export function user(organizationId = 'org_a', grants: readonly ScopeGrant[] = EVERYTHING): UserPrincipal {
  return { kind: 'user', userId: `usr_${organizationId}`, organizationId, role: 'member', grants }
}

export function installation(
  grants: readonly ScopeGrant[],
  more: Partial<InstallationPrincipal> = {},
): InstallationPrincipal {
  return {
    kind: 'installation',
    installationId: 'ins_1',
    organizationId: 'org_a',
    extension: '@acme/erp',
    version: '1.0.0',
    epoch: 1,
    grants,
    ...more,
  }
}

export function site(more: JsonObject = {}): JsonObject {
  return { reference: 'C-1', name: 'Rue de la Paix', status: 'ACTIVE', ...more }
}
