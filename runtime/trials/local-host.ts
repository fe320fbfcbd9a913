import type { Manifest } from '@annex/sdk/manifest'
import { normalizeManifest } from '@annex/sdk/manifest/normalize-manifest'
import type { PlatformVersion } from '@annex/sdk/platform-version'
import { createAudit } from '../audit/audit.ts'
import { auditCollections } from '../audit/audit-documents.ts'
import { systemClock } from '../clock.ts'
import { createEgress } from '../egress/egress.ts'
import { createHostApi } from '../host-api/host-api.ts'
import { hostApiCollections } from '../host-api/kv-documents.ts'
import { createIds } from '../ids.ts'
import type { ActiveInstallation } from '../installation-source.ts'
import { createLog } from '../log.ts'
import { createPlatform } from '../platform/platform.ts'
import { platformCollections } from '../platform/resource-collections.ts'
import type { Dispatch } from '../sandbox/host-call.ts'
import { openStore } from '../storage/open-store.ts'
import { type SeenCall, watchCalls } from './seen-calls.ts'
import type { Upstream } from './upstream.ts'

export interface LocalHostRequest {
  installation: ActiveInstallation
  /** What the guest sees. */
  platform: PlatformVersion
  /** Says which events may be emitted and which secrets used. */
  manifest: Manifest
  upstream: Upstream
  /** Clear values for the injections of the installation and for its secrets. */
  credentials?: Readonly<Record<string, string>>
  /** Told of each call when it is answered. */
  onCall?: (call: SeenCall) => void
}

export interface LocalHost {
  dispatch: Dispatch
  close(): Promise<void>
}

/** The host calls of production over a store in memory, for one run. Only the far end differs: see `Upstream`. */
export async function openLocalHost(request: LocalHostRequest): Promise<LocalHost> {
  const { installation, platform, manifest, upstream, credentials, onCall = () => {} } = request
  // What would be logged is for operators of a service; whoever runs this tells the outcome.
  const log = createLog('silent')
  const clock = systemClock
  const ids = createIds(() => clock.now())
  const collections = [...auditCollections, ...platformCollections, ...hostApiCollections]
  const store = await openStore({
    engine: { kind: 'sqlite', path: ':memory:' },
    collections,
    clock,
    ids,
  })
  const calls = watchCalls(onCall)
  const trail = createAudit({ store, clock, ids, nodeId: 'local', log })
  const audit = calls.audit(trail)
  const egress = createEgress({
    overrides: upstream.overrides,
    ...(upstream.lookup && { lookup: upstream.lookup }),
    audit,
    clock,
    log,
  })
  const hostApi = createHostApi({
    platform: createPlatform({ store, clock, ids, audit }),
    egress,
    store,
    audit,
    clock,
    log,
    declarations: { of: async () => normalizeManifest(manifest) },
  })
  return {
    dispatch: calls.dispatch(
      hostApi.dispatchFor({
        installation,
        platform,
        current: async () => installation,
        ...(credentials && { credentials }),
      }),
    ),
    async close() {
      await trail.close()
      await egress.close()
      await store.close()
    },
  }
}
