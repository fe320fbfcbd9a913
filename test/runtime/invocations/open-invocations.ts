import type { Test } from 'tap'
import type { Audit } from '../../../runtime/audit/audit.ts'
import { createEgress, type EgressDependencies } from '../../../runtime/egress/egress.ts'
import { createHostApi } from '../../../runtime/host-api/host-api.ts'
import { hostApiCollections } from '../../../runtime/host-api/kv-documents.ts'
import type { ActiveInstallation } from '../../../runtime/installation-source.ts'
import { createInvocations, type InvocationsService } from '../../../runtime/invocations/invocations.ts'
import { invocationsCollections } from '../../../runtime/invocations/invocations-collections.ts'
import { createLog } from '../../../runtime/log.ts'
import { createPlatform, type Platform } from '../../../runtime/platform/platform.ts'
import { platformCollections } from '../../../runtime/platform/resource-collections.ts'
import { openTestAudit } from '../audit/open-test-audit.ts'
import { entryScript, openSandbox } from '../sandbox/start-guest.ts'

/** The runtime from the sandbox to the store, with what is installed held in memory. */
export interface TestInvocations {
  invocations: InvocationsService
  platform: Platform
  audit: Audit
  /** Installs a definition with these members; the answer can be changed in place, as an admin would. */
  install(members: string, installation?: Partial<ActiveInstallation>): ActiveInstallation
  uninstall(installation: ActiveInstallation): void
}

export async function openInvocations(
  t: Pick<Test, 'teardown'>,
  egressOptions: Partial<EgressDependencies> = {},
): Promise<TestInvocations> {
  const more = [...platformCollections, ...hostApiCollections, ...invocationsCollections]
  const { store, audit, clock, ids } = await openTestAudit(t, more)
  const log = createLog('silent')
  const installed = new Map<string, ActiveInstallation>()
  const sources = new Map<string, string>()
  const egress = createEgress({ ...egressOptions, audit, clock, log })
  t.teardown(() => egress.close())
  const platform = createPlatform({ store, clock, ids, audit })
  const invocations = createInvocations({
    sandbox: await openSandbox(t as Parameters<typeof openSandbox>[0]),
    hostApi: createHostApi({ platform, egress, store, audit, clock, log }),
    installations: {
      active: async (organizationId, id) => installed.get(`${organizationId}/${id}`),
    },
    packages: {
      load: async (digest) => {
        const source = sources.get(digest)
        return source === undefined ? undefined : { digest, source, manifest: {}, describe: {} }
      },
    },
    store,
    clock,
    ids,
    audit,
    log,
  })

  function install(members: string, installation: Partial<ActiveInstallation> = {}): ActiveInstallation {
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
    sources.set(active.digest, entryScript(members))
    return active
  }

  return {
    invocations,
    platform,
    audit,
    install,
    uninstall: ({ organizationId, id }) => void installed.delete(`${organizationId}/${id}`),
  }
}
