import type { Test } from 'tap'
import type { Audit } from '../../../runtime/audit/audit.ts'
import {
  createEgress,
  type Egress,
  type EgressDependencies,
  type EgressRequest,
} from '../../../runtime/egress/egress.ts'
import type { EgressAnswer } from '../../../runtime/egress/exchange.ts'
import type { EgressGrant } from '../../../runtime/installation-source.ts'
import { createLog } from '../../../runtime/log.ts'
import type { Result } from '../../../runtime/result.ts'
import { openTestAudit } from '../audit/open-test-audit.ts'

export interface Gate {
  egress: Egress
  audit: Audit
  /** A request of installation `ins_1` in `org_a`. */
  get(url: string, more?: Partial<EgressRequest>): Promise<Result<EgressAnswer>>
}

/** A gate whose names all lead to 127.0.0.1, which it may reach. Closed when `t` ends. */
export async function openGate(
  t: Pick<Test, 'teardown'>,
  grants: readonly EgressGrant[],
  deps: Partial<EgressDependencies> = {},
): Promise<Gate> {
  const { audit, clock } = await openTestAudit(t)
  const egress = createEgress({
    allowPrivateRanges: ['127.0.0.1/32'],
    lookup: async () => [{ address: '127.0.0.1', family: 4 }],
    ...deps,
    audit,
    clock,
    log: createLog('silent'),
  })
  t.teardown(() => egress.close())
  return {
    egress,
    audit,
    get: (url, more = {}) =>
      egress.fetch({
        organizationId: 'org_a',
        actor: 'installation:ins_1',
        grants,
        injections: [],
        signal: new AbortController().signal,
        ...more,
        request: { method: 'GET', headers: [], ...more.request, url },
      }),
  }
}

export function grant(host: string, port: number, scheme: 'http' | 'https' = 'http'): EgressGrant {
  return { host, port, scheme }
}

/** `CODE`, or `200` and so on. */
export function outcomeOf(result: Result<EgressAnswer>): string {
  return result.ok ? String(result.value.status) : result.error.code
}

export function textOf(result: Result<EgressAnswer>): string {
  return result.ok ? Buffer.from(result.value.body).toString() : result.error.message
}
