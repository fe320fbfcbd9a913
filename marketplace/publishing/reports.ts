import { ExtensionDescription } from '@annex/package/describe'
import type { PackageReport, Report } from '@annex/package/report'
import { Manifest } from '@annex/sdk/manifest'
import { Value } from '@sinclair/typebox/value'
import type { BlobStore } from '../../runtime/storage/port.ts'

/** The report of a package that passed: everything that is known of it without opening it again. */
export interface PassedReport extends Report {
  package: PackageReport & { manifest: Manifest }
}

/**
 * Reports are blobs: they hold what authors wrote (names of files, JSON Schemas with any key), which is no document of
 * the store's, and they never change.
 */
export interface Reports {
  /** The id to ask with. */
  put(report: Report): Promise<string>
  get(id: string): Promise<Report>
  /** Of a version: throws when it is not of a package that passed. */
  passed(id: string): Promise<PassedReport>
}

/** Reports that are kept in memory: the ones that lists and installations ask for. */
const KEPT = 64

export function createReports({ blobs }: { blobs: BlobStore }): Reports {
  const kept = new Map<string, Report>()

  async function get(id: string): Promise<Report> {
    const known = kept.get(id) ?? (await read(blobs, id))
    kept.delete(id)
    kept.set(id, known)
    const [oldest] = kept.keys()
    if (kept.size > KEPT && oldest !== undefined) kept.delete(oldest)
    return known
  }

  return {
    put: async (report) => (await blobs.put(Buffer.from(JSON.stringify(report)))).id,
    get,
    async passed(id) {
      const report = await get(id)
      if (!isPassed(report)) throw new Error(`${id} is not the report of a package that passed`)
      return report
    },
  }
}

/** Also the door for what the check child answers: it reads what strangers wrote, so its answer is not believed blindly. */
export function isPassed(report: Report): report is PassedReport {
  const held = report.package
  if (!report.ok || !held) return false
  return Value.Check(Manifest, held.manifest) && Value.Check(ExtensionDescription, held.describe)
}

async function read(blobs: BlobStore, id: string): Promise<Report> {
  const bytes = await blobs.get(id)
  if (!bytes) throw new Error(`there is no report ${id}`)
  return JSON.parse(Buffer.from(bytes).toString('utf8')) as Report
}
