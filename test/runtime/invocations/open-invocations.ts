import type { Test } from 'tap'
import type { Audit } from '../../../runtime/audit/audit.ts'
import { createEgress, type EgressDependencies } from '../../../runtime/egress/egress.ts'
import { createHostApi } from '../../../runtime/host-api/host-api.ts'
import { hostApiCollections } from '../../../runtime/host-api/kv-documents.ts'
import type { ActiveInstallation, PackageCode, PackageSource } from '../../../runtime/installation-source.ts'
import {
  createInvocations,
  type InvocationsDeps,
  type InvocationsService,
} from '../../../runtime/invocations/invocations.ts'
import { invocationsCollections } from '../../../runtime/invocations/invocations-collections.ts'
import { createLog } from '../../../runtime/log.ts'
import { createPlatform, type Platform } from '../../../runtime/platform/platform.ts'
import { platformCollections } from '../../../runtime/platform/resource-collections.ts'
import { createRecordings, type Recordings } from '../../../runtime/recordings/recordings.ts'
import { recordingsCollections } from '../../../runtime/recordings/recordings-collections.ts'
import { createSecretBox } from '../../../runtime/secrets/secret-box.ts'
import { openTestAudit } from '../audit/open-test-audit.ts'
import { entryScript, openSandbox } from '../sandbox/start-guest.ts'

/** The runtime from the sandbox to the store, with what is installed held in memory. */
export interface TestInvocations {
  invocations: InvocationsService
  platform: Platform
  audit: Audit
  recordings: Recordings
  /** Installs a definition with these members; the answer can be changed in place, as an admin would. */
  install(members: string, installation?: Partial<ActiveInstallation>): ActiveInstallation
  /** Installs a script as it is. */
  installCode(code: Pick<PackageCode, 'source' | 'sourceMap'>): ActiveInstallation
  uninstall(installation: ActiveInstallation): void
}

export async function openInvocations(
  t: Pick<Test, 'teardown'>,
  egressOptions: Partial<EgressDependencies> = {},
  more: Partial<InvocationsDeps> = {},
): Promise<TestInvocations> {
  const collections = [
    ...platformCollections,
    ...hostApiCollections,
    ...invocationsCollections,
    ...recordingsCollections,
  ]
  const { store, audit, clock, ids } = await openTestAudit(t, collections)
  const log = createLog('silent')
  const installed = new Map<string, ActiveInstallation>()
  const codes = new Map<string, Pick<PackageCode, 'source' | 'sourceMap'>>()
  const egress = createEgress({ ...egressOptions, audit, clock, log })
  t.teardown(() => egress.close())
  const platform = createPlatform({ store, clock, ids, audit })
  const sandbox = await openSandbox(t as Parameters<typeof openSandbox>[0])
  const packages: PackageSource = {
    load: async (digest) => {
      const code = codes.get(digest)
      return code && { digest, ...code, manifest: {}, describe: {} }
    },
  }
  const secretBox = createSecretBox({ keys: [{ id: 'test', key: new Uint8Array(32).fill(7) }] })
  const recordings = createRecordings({ store, clock, secretBox, sandbox, packages })
  const invocations = createInvocations({
    sandbox,
    recordings,
    hostApi: createHostApi({ platform, egress, store, audit, clock, log }),
    installations: {
      active: async (organizationId, id) => installed.get(`${organizationId}/${id}`),
    },
    packages,
    store,
    clock,
    ids,
    audit,
    log,
    ...more,
  })

  function install(members: string, installation?: Partial<ActiveInstallation>): ActiveInstallation {
    return installCode({ source: entryScript(members) }, installation)
  }

  function installCode(
    code: Pick<PackageCode, 'source' | 'sourceMap'>,
    installation: Partial<ActiveInstallation> = {},
  ): ActiveInstallation {
    const active: ActiveInstallation = {
      id: ids('ins'),
      organizationId: 'org_a',
      extension: '@acme/test',
      kind: 'connector',
      version: '1.0.0',
      digest: ids('digest'),
      epoch: 1,
      grants: [],
      egress: [],
      injections: [],
      config: {},
      ...installation,
    }
    installed.set(`${active.organizationId}/${active.id}`, active)
    codes.set(active.digest, code)
    return active
  }

  return {
    invocations,
    platform,
    audit,
    recordings,
    install,
    installCode,
    uninstall: ({ organizationId, id }) => void installed.delete(`${organizationId}/${id}`),
  }
}
