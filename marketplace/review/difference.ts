import type { PackageDifference } from '@annex/package/difference/package-difference'
import type { PackageReport } from '@annex/package/report'
import { canonicalJson } from '@annex/sdk/canonical-json'
import type { Json, JsonObject } from '@annex/sdk/json'
import type { Manifest } from '@annex/sdk/manifest'
import { capabilityDifference, type Widening } from '@annex/sdk/manifest/capability-difference'
import { isPaid } from '@annex/sdk/manifest/is-paid'
import type { PackageChecker } from '../../runtime/sandbox/package-checker.ts'
import type { Store } from '../../runtime/storage/port.ts'
import type { Identity } from '../accounts/identity.ts'
import { type Outcome, refused } from '../errors.ts'
import type { PassedReport, Reports } from '../publishing/reports.ts'
import { bytesOf, type Compared, comparedVersions } from './compared.ts'

/** What is other in a version under review than in the last approved one. */
export interface ReviewDifference extends PackageDifference {
  before: { version: string; digest: string }
  after: { version: string; digest: string }
  /** What it may do and the last one might not, in plain words; and what it gives up. */
  widened: Widening[]
  narrowed: Widening[]
  /** Parts of the manifest that are other, both as JSON. */
  manifest: { part: string; before?: Json; after?: Json }[]
  libraries: { name: string; before?: string; after?: string }[]
}

interface DifferencesDeps {
  store: Store
  reports: Reports
  checker: Pick<PackageChecker, 'difference'>
}

/** Differences that are kept: they never change, and reviewers look several times. */
const KEPT = 16

export function createDifferences({ store, reports, checker }: DifferencesDeps) {
  const kept = new Map<string, Promise<Outcome<ReviewDifference>>>()

  async function compare({ before, after }: Required<Compared>): Promise<Outcome<ReviewDifference>> {
    const [earlier, later] = await Promise.all([bytesOf(store, before), bytesOf(store, after)])
    if (!earlier.ok) return earlier
    if (!later.ok) return later
    const inside = await checker.difference(earlier.value, later.value)
    if (!inside.ok) return refused('UNAVAILABLE', `the packages could not be compared: ${inside.message}`)
    const [was, is] = await Promise.all([reports.passed(before.reportId), reports.passed(after.reportId)])
    const named = {
      before: { version: before.version, digest: before.digest },
      after: { version: after.version, digest: after.digest },
    }
    return { ok: true, value: { ...named, ...abilities(was, is), ...inside.value } }
  }

  return {
    async of(identity: Identity, id: string): Promise<Outcome<ReviewDifference>> {
      const compared = await comparedVersions(store, identity, id)
      if (!compared.ok) return compared
      const { before, after } = compared.value
      if (!before)
        return refused('CONFLICT', 'no version was approved before this one: there is nothing to compare with')
      const key = `${before.digest}:${after.digest}`
      const difference = kept.get(key) ?? compare({ ...compared.value, before })
      kept.delete(key)
      kept.set(key, difference)
      const [oldest] = kept.keys()
      if (kept.size > KEPT && oldest !== undefined) kept.delete(oldest)
      const settled = await difference.catch((error: unknown) => {
        kept.delete(key)
        throw error
      })
      // Only what came to an end is worth keeping.
      if (!settled.ok) kept.delete(key)
      return settled
    },
  }
}

function abilities(was: PassedReport, is: PassedReport) {
  const asked = ({ package: { capabilities, manifest } }: PassedReport) => ({ capabilities, paid: isPaid(manifest) })
  return {
    widened: capabilityDifference(asked(was), asked(is)),
    // What is new when one looks back is what the later one does without.
    narrowed: capabilityDifference(asked(is), asked(was)),
    manifest: parts(was.package.manifest, is.package.manifest),
    libraries: libraries(was.package, is.package),
  }
}

function parts(was: Manifest, is: Manifest): ReviewDifference['manifest'] {
  const [before, after] = [flat(was), flat(is)]
  const names = [...new Set([...Object.keys(before), ...Object.keys(after)])].sort()
  return names.flatMap((part) => {
    const [old, now] = [before[part], after[part]]
    if (old !== undefined && now !== undefined && canonicalJson(old) === canonicalJson(now)) return []
    return [{ part, ...(old === undefined ? {} : { before: old }), ...(now === undefined ? {} : { after: now }) }]
  })
}

/** The fields of package.json, those of `annex` one by one: `annex.scopes`. */
function flat(manifest: Manifest): JsonObject {
  const { annex, ...rest } = manifest as unknown as JsonObject & { annex: JsonObject }
  const inner = Object.entries(annex).map(([name, value]) => [`annex.${name}`, value] as const)
  return Object.fromEntries([...Object.entries(rest), ...inner])
}

function libraries(was: PackageReport, is: PackageReport): ReviewDifference['libraries'] {
  const versionsOf = (held: PackageReport) => {
    const byName = Map.groupBy(held.libraries, ({ name }) => name)
    return new Map(
      [...byName].map(([name, all]) => [
        name,
        all
          .map(({ version }) => version)
          .sort()
          .join(', '),
      ]),
    )
  }
  const [before, after] = [versionsOf(was), versionsOf(is)]
  return [...new Set([...before.keys(), ...after.keys()])].sort().flatMap((name) => {
    const [old, now] = [before.get(name), after.get(name)]
    if (old === now) return []
    return [{ name, ...(old === undefined ? {} : { before: old }), ...(now === undefined ? {} : { after: now }) }]
  })
}
