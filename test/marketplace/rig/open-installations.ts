import type { JsonObject } from '@annex/sdk/json'
import type { Test } from 'tap'
import type { Outcome } from '../../../marketplace/errors.ts'
import type { ConsentSheet } from '../../../marketplace/installations/consent.ts'
import type { InstallationsDeps } from '../../../marketplace/installations/installation-deps.ts'
import { createInstallations } from '../../../marketplace/installations/installations.ts'
import { createLifecycle } from '../../../marketplace/installations/lifecycle.ts'
import type { Caller } from '../../../marketplace/installations/read-installation.ts'
import { createEgress } from '../../../runtime/egress/egress.ts'
import { createHostApi } from '../../../runtime/host-api/host-api.ts'
import { hostApiCollections, kvKeys } from '../../../runtime/host-api/kv-documents.ts'
import { createInvocations } from '../../../runtime/invocations/invocations.ts'
import { invocationsCollections } from '../../../runtime/invocations/invocations-collections.ts'
import { grantsOfRole } from '../../../runtime/permissions/role-grants.ts'
import { createPlatform } from '../../../runtime/platform/platform.ts'
import { platformCollections } from '../../../runtime/platform/resource-collections.ts'
import type { PackageChecker } from '../../../runtime/sandbox/package-checker.ts'
import type { Sandbox } from '../../../runtime/sandbox/run.ts'
import type { Collection, Stored } from '../../../runtime/storage/port.ts'
import type { TestPlace } from '../../runtime/audit/open-test-audit.ts'
import { openMarketplace, packageOf } from './open-marketplace.ts'

export type InstallationRig = Awaited<ReturnType<typeof openInstallations>>

/** The marketplace with installations that run in the real sandbox under the real permission manager. */
export async function openInstallations(
  t: Pick<Test, 'teardown'>,
  options: {
    checker: PackageChecker
    sandbox: Sandbox
    waitMs?: number
    place?: TestPlace
    more?: readonly Collection<Stored>[]
  },
) {
  const more = [...hostApiCollections, ...invocationsCollections, ...platformCollections, ...(options.more ?? [])]
  const { checker, sandbox, waitMs, place } = options
  const rig = await openMarketplace(t, { checker, more, ...(place && { place }) })
  const { store, clock, ids, audit, log, jobs, source, packages, reports } = rig
  const platform = createPlatform({ store, clock, ids, audit })
  const egress = createEgress({ audit, clock, log })
  t.teardown(() => egress.close())
  const hostApi = createHostApi({ platform, egress, store, audit, clock, log })
  const invocations = createInvocations({
    sandbox,
    hostApi,
    installations: source,
    packages,
    store,
    clock,
    ids,
    audit,
    log,
  })
  const released: string[] = []
  const installing = {
    ...{ store, clock, ids, audit, log, jobs, packages, reports },
    lifecycle: createLifecycle({ invocations }),
    validate: checker.validate,
    release: async (_: string, installationId: string) => void released.push(installationId),
    erase: async (organizationId: string, installationId: string) => {
      await store.forOrganization(organizationId)(kvKeys).deleteWhere({ installationId })
    },
    ...(waitMs === undefined ? {} : { waitMs }),
  } satisfies InstallationsDeps
  const installations = createInstallations(installing)
  if (!(await rig.publishing.publishers.roleOf(rig.author.userId, 'acme'))) await rig.openPublisher()
  return { ...rig, invocations, installing, installations, released }
}

export function caller(organizationId: string, role: 'owner' | 'admin' | 'member' = 'admin'): Caller {
  return { kind: 'user', userId: `usr_${role}`, organizationId, role, grants: grantsOfRole(role) }
}

interface ExtensionChange {
  /** `@acme/site-import` if absent. */
  name?: string
  members?: string
  handlers?: string[]
  annex?: JsonObject
}

/** A package whose definition has these members, described by these handlers. */
export function extensionOf(
  version: string,
  { name, members = '', handlers = [], annex = {} }: ExtensionChange = {},
): Uint8Array {
  return packageOf(version, {
    files: {
      'dist/extension.js': `var annexExtension = { default: { kind: 'connector', async check() { return [] }, streams: { sites: { schema: { type: 'object' }, primaryKey: ['id'], async *read() {} } }, ${members} } }\n`,
      'annex.describe.json': JSON.stringify({
        kind: 'connector',
        handlers: ['check', 'streams.sites.read', ...handlers].sort(),
        streams: { sites: { schema: { type: 'object' }, primaryKey: ['id'], read: true, write: false } },
        actions: {},
      }),
    },
    manifest: (manifest) => {
      if (name !== undefined) manifest.name = name
      Object.assign(manifest.annex, annex)
    },
  })
}

/** What a refused installation shows. */
export function sheetOf(outcome: Outcome<unknown>): ConsentSheet {
  if (outcome.ok || outcome.error.code !== 'CONSENT_REQUIRED')
    throw new Error(`no consent asked: ${JSON.stringify(outcome)}`)
  return outcome.error.details as ConsentSheet
}
