import type { UsedAgainstAsked } from '@annex/package/report'
import type { Store } from '../../runtime/storage/port.ts'
import type { CompareRuns, RunComparison } from '../../runtime/trials/compare-runs.ts'
import type { Identity } from '../accounts/identity.ts'
import { type Outcome, refused } from '../errors.ts'
import type { VersionDocument } from '../publishing/publishing-collections.ts'
import type { Reports } from '../publishing/reports.ts'
import { bytesOf, type Compared, comparedVersions } from './compared.ts'
import { behaviours } from './review-collections.ts'
import { REVIEW_REASON } from './reviewer.ts'

/** A version under review, beside the last approved one if there is one, on the same fixtures. */
export interface BehaviourAnswer extends RunComparison {
  before?: BehaviourSide
  after: BehaviourSide
}

interface BehaviourSide {
  version: string
  digest: string
  /** What it uses against what it asks for; of a package that was run when it was checked. */
  use?: UsedAgainstAsked
}

interface BehavioursDeps {
  store: Store
  reports: Reports
  compareRuns: CompareRuns
}

/** They are run when a reviewer first asks; what came of it is kept in a blob beside the report. */
export function createBehaviours({ store, reports, compareRuns }: BehavioursDeps) {
  const running = new Map<string, Promise<Outcome<RunComparison>>>()

  async function run(compared: Compared): Promise<Outcome<RunComparison>> {
    const { before, after } = compared
    const [earlier, later] = await Promise.all([before && bytesOf(store, before), bytesOf(store, after)])
    if (earlier && !earlier.ok) return earlier
    if (!later.ok) return later
    const result = await compareRuns(earlier?.value, later.value)
    if (!result.ok) return refused('UNAVAILABLE', `the packages could not be run: ${result.message}`)
    const { id: blob } = await store.blobs.put(Buffer.from(JSON.stringify(result.value)))
    await store
      .asSystem(REVIEW_REASON)(behaviours)
      .put({ _id: keyOf(compared), blob })
    return { ok: true, value: result.value }
  }

  async function comparison(compared: Compared): Promise<Outcome<RunComparison>> {
    const key = keyOf(compared)
    const known = await store.asSystem(REVIEW_REASON)(behaviours).get(key)
    const bytes = known && (await store.blobs.get(known.blob))
    if (bytes) return { ok: true, value: JSON.parse(Buffer.from(bytes).toString('utf8')) as RunComparison }
    const started = running.get(key) ?? run(compared).finally(() => running.delete(key))
    running.set(key, started)
    return started
  }

  return {
    async of(identity: Identity, id: string): Promise<Outcome<BehaviourAnswer>> {
      const compared = await comparedVersions(store, identity, id)
      if (!compared.ok) return compared
      const runs = await comparison(compared.value)
      if (!runs.ok) return runs
      const side = async ({ version, digest, reportId }: VersionDocument): Promise<BehaviourSide> => {
        const { use } = await reports.passed(reportId)
        return { version, digest, ...(use && { use }) }
      }
      const earlier = compared.value.before
      const [before, after] = await Promise.all([earlier && side(earlier), side(compared.value.after)])
      return { ok: true, value: { ...runs.value, ...(before && { before }), after } }
    },
  }
}

function keyOf({ before, after }: Compared): string {
  return `${before?.digest ?? 'first'}:${after.digest}`
}
