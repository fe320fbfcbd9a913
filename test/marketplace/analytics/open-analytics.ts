import type { Test } from 'tap'
import { analyticsCollections } from '../../../marketplace/analytics/analytics-collections.ts'
import { createAnalyticsMeter } from '../../../marketplace/analytics/analytics-meter.ts'
import { createAnalyticsReports } from '../../../marketplace/analytics/analytics-reports.ts'
import { createFigures } from '../../../marketplace/analytics/figures.ts'
import { createInstallFollower } from '../../../marketplace/analytics/follow-installs.ts'
import { installations, installationsCollections } from '../../../marketplace/installations/installation-collections.ts'
import { extensionFigures } from '../../../marketplace/publishing/extension-figures.ts'
import type { FinishedRun } from '../../../runtime/invocations/finished-run.ts'
import { NO_USAGE } from '../../../runtime/invocations/run-usage.ts'
import { createLog } from '../../../runtime/log.ts'
import type { RunFailure } from '../../../runtime/sandbox/run.ts'
import type { Draft, Store } from '../../../runtime/storage/port.ts'
import { openTestAudit } from '../../runtime/audit/open-test-audit.ts'

export const ERP = '@acme/erp'
export const DAY_MS = 24 * 3_600_000

/** A run of `@acme/erp`. */
export function runOf(
  organizationId: string,
  more: { version?: string; wallMs?: number; failure?: Pick<RunFailure, 'class'> & Partial<RunFailure> } = {},
): FinishedRun {
  const { version = '1.0.0', wallMs = 20, failure } = more
  const installation = { id: `ins_${organizationId}`, organizationId, extension: ERP, version, digest: 'd' }
  const whole = {
    ...installation,
    kind: 'connector',
    epoch: 1,
    grants: [],
    egress: [],
    injections: [],
    config: {},
  } as const
  const plain = { code: failure?.class ?? '', message: 'm', retryable: false, incident: false }
  return {
    installation: whole,
    reason: 'sync',
    usage: { ...NO_USAGE, wallMs },
    ...(failure && { failure: { ...plain, ...failure } }),
  }
}

/** Analytics on an empty real store; `node` is another process on it. */
export async function openAnalytics(t: Pick<Test, 'teardown'>) {
  const base = await openTestAudit(t, [...analyticsCollections, extensionFigures, ...installationsCollections])
  const log = createLog('silent')
  const node = (store: Store = base.store) => createAnalyticsMeter({ ...base, store, log })
  const meter = node()
  const follower = createInstallFollower({ ...base, log })

  /** Writes what an installation does: its row, and the event. */
  async function installed(organizationId: string, more: { version?: string; draft?: boolean; type?: string } = {}) {
    const { version = '1.0.0', draft = false, type = 'installation.activated' } = more
    const _id = `ins_${organizationId}_${version}`
    // What else an installation has is nothing that is counted.
    const row = { _id, extension: ERP, version, ...(draft && { draft: { id: 'd', expiresAt: 'x' } }) }
    await base.store.tx(async (tx) => {
      const rows = tx.forOrganization(organizationId)(installations)
      await rows.put(row as Draft<NonNullable<typeof installations.document>>)
      tx.emit({ partition: organizationId, type, payload: { installationId: _id, extension: ERP } })
    })
  }

  return {
    ...base,
    log,
    node,
    meter,
    follower,
    installed,
    figures: createFigures(base),
    reports: createAnalyticsReports({ ...base, meter }),
    handle: base.store.asSystem('a test looks'),
  }
}
