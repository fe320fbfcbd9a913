import { randomBytes } from 'node:crypto'
import { join } from 'node:path'
import { inspect } from 'node:util'
import type { Test } from 'tap'
import { type Audit, createAudit } from '../../../runtime/audit/audit.ts'
import { auditCollections } from '../../../runtime/audit/audit-documents.ts'
import { systemClock } from '../../../runtime/clock.ts'
import { createEgress, type EgressDependencies } from '../../../runtime/egress/egress.ts'
import { createHostApi } from '../../../runtime/host-api/host-api.ts'
import { hostApiCollections } from '../../../runtime/host-api/kv-documents.ts'
import { createIds } from '../../../runtime/ids.ts'
import type { ActiveInstallation } from '../../../runtime/installation-source.ts'
import { createInvocations, type InvocationsService } from '../../../runtime/invocations/invocations.ts'
import { invocationsCollections } from '../../../runtime/invocations/invocations-collections.ts'
import type { Log } from '../../../runtime/log.ts'
import { createPlatform, type Platform } from '../../../runtime/platform/platform.ts'
import { platformCollections } from '../../../runtime/platform/resource-collections.ts'
import type { Sandbox } from '../../../runtime/sandbox/run.ts'
import { createSandbox } from '../../../runtime/sandbox/sandbox.ts'
import { openStore } from '../../../runtime/storage/open-store.ts'
import type { Company } from './attack.ts'

/** Everything from the sandbox down to the store as the service has it; what is installed is held in memory. */
export interface Stack {
  sandbox: Sandbox
  invocations: InvocationsService
  platform: Platform
  audit: Audit
  /** Planted in the credentials of every attacked run and in the service's environment: must never come out. */
  canary: string
  /** What the service logged, as text. */
  logged: string[]
  /** Installs a script; the answer may be changed in place, as an admin would. */
  install(source: string, installation?: Partial<ActiveInstallation>): ActiveInstallation
  /** Gives an installation other code: a new version of the extension. */
  upgrade(installation: ActiveInstallation, source: string): void
}

export interface StackOptions {
  egress?: Partial<Omit<EgressDependencies, 'audit' | 'clock' | 'log'>>
}

/**
 * Children of the sandbox. In a crowd an organization has one only, as half of them is the most that one may have, so
 * that the attacker shares its process with the neighbours of its organization and no spare stands by.
 */
const MAX_CHILDREN: Record<Company, number> = { crowded: 2, alone: 4 }

export async function openStack(t: Test, company: Company, { egress: egressOptions }: StackOptions): Promise<Stack> {
  const clock = systemClock
  const ids = createIds(() => clock.now())
  const collections = [...auditCollections, ...platformCollections, ...hostApiCollections, ...invocationsCollections]
  const path = join(t.testdir(), `${company}.db`)
  const store = await openStore({ engine: { kind: 'sqlite', path }, collections, clock, ids })
  t.teardown(() => store.close())
  const logged: string[] = []
  const log = recordingLog(logged)
  const audit = createAudit({ store, clock, ids, nodeId: 'node-1', log })
  t.teardown(() => audit.close())
  const egress = createEgress({ ...egressOptions, audit, clock, log })
  t.teardown(() => egress.close())
  const platform = createPlatform({ store, clock, ids, audit })
  const sandbox = await createSandbox({ log, maxChildren: MAX_CHILDREN[company] })
  t.teardown(() => sandbox.close())
  const installed = new Map<string, ActiveInstallation>()
  const sources = new Map<string, string>()
  const invocations = createInvocations({
    sandbox,
    hostApi: createHostApi({ platform, egress, store, audit, clock, log }),
    installations: { active: async (organizationId, id) => installed.get(`${organizationId}/${id}`) },
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

  function install(source: string, installation: Partial<ActiveInstallation> = {}): ActiveInstallation {
    const active = { ...newInstallation(ids('ins'), ids('digest')), ...installation }
    installed.set(`${active.organizationId}/${active.id}`, active)
    sources.set(active.digest, source)
    return active
  }

  function upgrade(installation: ActiveInstallation, source: string): void {
    installation.digest = ids('digest')
    installation.epoch++
    sources.set(installation.digest, source)
  }

  return { sandbox, invocations, platform, audit, canary: plantCanary(t), logged, install, upgrade }
}

function newInstallation(id: string, digest: string): ActiveInstallation {
  return {
    id,
    organizationId: 'org_attacked',
    extension: '@mallory/attack',
    kind: 'connector',
    version: '1.0.0',
    digest,
    epoch: 1,
    grants: [],
    egress: [],
    injections: [{ host: 'api.erp.example', in: 'bearer', template: '{{apiKey}}' }],
    config: {},
  }
}

function plantCanary(t: Test): string {
  const canary = `canary-${randomBytes(12).toString('hex')}`
  process.env.ANNEX_ATTACK_CANARY = canary
  t.teardown(() => {
    delete process.env.ANNEX_ATTACK_CANARY
  })
  return canary
}

/** Keeps what the service's own operator would read. */
function recordingLog(lines: string[]): Log {
  const keep = (fields: Record<string, unknown>, message: string) => {
    lines.push(`${message} ${inspect(fields, { depth: 6, maxStringLength: 20_000 })}`)
  }
  return { debug: keep, info: keep, warn: keep, error: keep }
}
