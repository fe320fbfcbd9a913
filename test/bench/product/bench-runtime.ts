import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import type { Json } from '@annex/sdk/json'
import { createAudit } from '../../../runtime/audit/audit.ts'
import { auditCollections } from '../../../runtime/audit/audit-documents.ts'
import { systemClock } from '../../../runtime/clock.ts'
import { createEgress } from '../../../runtime/egress/egress.ts'
import { createHostApi } from '../../../runtime/host-api/host-api.ts'
import { hostApiCollections } from '../../../runtime/host-api/kv-documents.ts'
import { createIds } from '../../../runtime/ids.ts'
import type { ActiveInstallation, PackageCode } from '../../../runtime/installation-source.ts'
import { createInvocations } from '../../../runtime/invocations/invocations.ts'
import { invocationsCollections } from '../../../runtime/invocations/invocations-collections.ts'
import { createLog } from '../../../runtime/log.ts'
import { createPlatform } from '../../../runtime/platform/platform.ts'
import { platformCollections } from '../../../runtime/platform/resource-collections.ts'
import { BACKGROUND_STEP_LIMITS } from '../../../runtime/sandbox/limits.ts'
import { createSandbox } from '../../../runtime/sandbox/sandbox.ts'
import { openStore } from '../../../runtime/storage/open-store.ts'

/** Runs a handler of the installed code through the whole stack, its row in the store included; throws when it fails. */
type Invoke = (handler: readonly string[], args: readonly Json[]) => Promise<Json>

const ORGANIZATION = 'org_bench'

/** `work` with the parts of the runtime that an invocation goes through, on a durable store, with one extension installed. */
export async function withBenchRuntime<T>(code: PackageCode, work: (invoke: Invoke) => Promise<T>): Promise<T> {
  const folder = mkdtempSync(join(tmpdir(), 'annex-bench-'))
  const log = createLog('silent')
  const clock = systemClock
  const ids = createIds(clock.now)
  const collections = [...auditCollections, ...hostApiCollections, ...invocationsCollections, ...platformCollections]
  const store = await openStore({ engine: { kind: 'sqlite', path: join(folder, 'bench.db') }, collections, clock, ids })
  const audit = createAudit({ store, clock, ids, nodeId: 'bench', log })
  const egress = createEgress({ audit, clock, log })
  const platform = createPlatform({ store, clock, ids, audit })
  const hostApi = createHostApi({ platform, egress, store, audit, clock, log })
  const sandbox = await createSandbox({ log })
  const installation = installationOf(code)
  const invocations = createInvocations({
    ...{ sandbox, hostApi, store, clock, ids, audit, log },
    installations: { active: async () => installation },
    packages: { load: async () => code },
  })
  try {
    return await work(async (handler, args) => {
      const request = { organizationId: ORGANIZATION, installationId: installation.id, reason: 'test' } as const
      const outcome = await invocations.invoke({ ...request, handler, args, limits: BACKGROUND_STEP_LIMITS })
      if (outcome.ok) return outcome.value
      throw new Error(`${handler.join('.')}: ${outcome.failure.class} ${outcome.failure.message}`)
    })
  } finally {
    await sandbox.close()
    await egress.close()
    await audit.close()
    await store.close()
    rmSync(folder, { recursive: true, force: true })
  }
}

function installationOf({ digest }: PackageCode): ActiveInstallation {
  const none = { grants: [], egress: [], injections: [], config: {} }
  const which = { extension: '@examples/bench', kind: 'transformation', version: '1.0.0', digest } as const
  return { id: 'ins_bench', organizationId: ORGANIZATION, epoch: 1, ...which, ...none }
}
