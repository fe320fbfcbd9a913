import type { NeighbourName, Outside, PreviousVersion } from '@annex/package/outside'
import { usageByFixture } from '@annex/package/usage-by-fixture'
import { isPaid } from '@annex/sdk/manifest/is-paid'
import type { Store } from '../../runtime/storage/port.ts'
import type { CheckedPackage } from './checked-package.ts'
import { extensions, versions } from './publishing-collections.ts'
import type { Reports } from './reports.ts'
import type { RuleData } from './rule-data.ts'

const REASON = 'packages belong to publishers, which belong to no organization'
const APPROVED = { $in: ['published', 'deprecated', 'yanked'] } as const
/** Older numbers than these say nothing that the newest do not. */
const MAX_VERSIONS = 200

export interface OutsideDataDeps {
  store: Store
  reports: Reports
  ruleData: RuleData
  /** Extensions of other publishers whose names are about as long and alike. */
  similarNames(extension: string): Promise<readonly { name: string; displayName: string }[]>
}

/** What this marketplace knows beside a package: for the rules that need it. */
export async function outsideOf(
  deps: OutsideDataDeps,
  { extension, report }: Pick<CheckedPackage, 'extension' | 'report'>,
  channel?: string,
): Promise<Outside> {
  const system = deps.store.asSystem(REASON)
  const where = { extension, state: APPROVED }
  const [approved, document, imported, similar] = await Promise.all([
    system(versions).find({ where, sort: [['sortKey', 'desc']], limit: MAX_VERSIONS }),
    system(extensions).get(extension),
    deps.ruleData.current(),
    deps.similarNames(extension),
  ])
  const { trademarks, ...known } = imported
  const newest = approved.data.toSorted((a, b) => ((a.publishedAt ?? '') < (b.publishedAt ?? '') ? 1 : -1))[0]
  const latest = document?.tags.latest
  return {
    ...known,
    ...(report.measured && { usage: usageByFixture(report.measured) }),
    versions: approved.data.map(({ version }) => version),
    ...(latest === undefined ? {} : { latest }),
    ...(channel === undefined ? {} : { channel }),
    ...(newest === undefined ? {} : { previous: await previousVersion(deps.reports, newest) }),
    names: [
      ...similar.map((one): NeighbourName => ({ ...one, kind: 'extension' })),
      ...(trademarks ?? []).map((name): NeighbourName => ({ name, kind: 'trademark' })),
    ],
  }
}

async function previousVersion(
  reports: Reports,
  {
    version,
    capabilities,
    reportId,
  }: { version: string; capabilities: PreviousVersion['capabilities']; reportId: string },
): Promise<PreviousVersion> {
  const { measured = [], package: held } = await reports.passed(reportId)
  return { version, capabilities, paid: isPaid(held.manifest), usage: usageByFixture(measured) }
}
