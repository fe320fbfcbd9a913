import type { Json } from '@annex/sdk/json'
import type { Test } from 'tap'
import { createEgress, type EgressDependencies } from '../../../runtime/egress/egress.ts'
import { createHostApi, type DispatchRequest, type HostApi } from '../../../runtime/host-api/host-api.ts'
import { hostApiCollections } from '../../../runtime/host-api/kv-documents.ts'
import type { ActiveInstallation } from '../../../runtime/installation-source.ts'
import { createLog, type Log } from '../../../runtime/log.ts'
import type { HostCallResult } from '../../../runtime/sandbox/host-call.ts'
import { EVERYTHING, openPlatform, type TestPlatform } from '../platform/open-platform.ts'

export interface TestHost extends TestPlatform {
  hostApi: HostApi
  /** Calls as `installed()` does, or as another installation. */
  call(name: string, args: unknown, more?: Partial<DispatchRequest>): Promise<HostCallResult>
}

/** The host calls on an empty store, with names that all lead to the loopback interface. Closed when `t` ends. */
export async function openHostApi(
  t: Pick<Test, 'teardown'>,
  { log = createLog('silent'), egress: more = {} }: { log?: Log; egress?: Partial<EgressDependencies> } = {},
): Promise<TestHost> {
  const deps = await openPlatform(t, hostApiCollections)
  const egress = createEgress({
    allowPrivateRanges: ['127.0.0.1/32'],
    lookup: async () => [{ address: '127.0.0.1', family: 4 }],
    ...more,
    audit: deps.audit,
    clock: deps.clock,
    log,
  })
  t.teardown(() => egress.close())
  const hostApi = createHostApi({ ...deps, egress, log })
  return {
    ...deps,
    hostApi,
    call(name, args, request = {}) {
      const one = request.installation ?? installed()
      const dispatch = hostApi.dispatchFor({ installation: one, current: async () => one, ...request })
      return dispatch({ name, args }, new AbortController().signal)
    },
  }
}

export function installed(more: Partial<ActiveInstallation> = {}): ActiveInstallation {
  return {
    id: 'ins_1',
    organizationId: 'org_a',
    extension: '@acme/erp',
    kind: 'connector',
    version: '1.0.0',
    digest: 'a'.repeat(64),
    epoch: 1,
    grants: EVERYTHING,
    egress: [],
    injections: [],
    config: {},
    ...more,
  }
}

/** `ok`, or the code. */
export function codeOf(result: HostCallResult): string {
  return result.ok ? 'ok' : result.error.code
}

export function answerOf(result: HostCallResult): Json {
  if (!result.ok) throw new Error(`${result.error.code}: ${result.error.message}`)
  return result.value
}
