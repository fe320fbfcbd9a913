import type { Finding } from '@annex/package/finding'
import type { PackageReport } from '@annex/package/report'
import { refused } from '../errors.ts'
import type { GivenWaiver, SubmissionDocument, VersionDocument } from '../publishing/publishing-collections.ts'
import type { Reports } from '../publishing/reports.ts'

/** A finding that wants a person, as it was seen in one package. */
export interface SeenFinding extends Finding {
  /** SHA-256 (hex) of the file, or of what a consent covers where the finding is about no file. */
  sha256: string
}

/** What a reviewer waives; without a file, every finding of the rule. */
export interface WaiverWish {
  rule: string
  file?: string
  reason: string
}

/** All findings of a package, once each: what its bytes and runs showed, and what the marketplace knew. */
export async function findingsOf(
  reports: Reports,
  submission: Pick<SubmissionDocument, 'findings'>,
  version: Pick<VersionDocument, 'reportId'>,
): Promise<SeenFinding[]> {
  const report = await reports.passed(version.reportId)
  const all = [...submission.findings, ...report.findings]
  const once = new Map(all.map((finding) => [JSON.stringify(canonical(finding)), finding]))
  return [...once.values()].map((finding) => ({ ...finding, sha256: sha256Of(finding, report.package) }))
}

function canonical(finding: Finding) {
  return Object.entries(finding).sort(([a], [b]) => (a < b ? -1 : 1))
}

function sha256Of({ file }: Finding, { files, manifestDigest }: PackageReport): string {
  return files.find(({ path }) => path === file)?.sha256 ?? manifestDigest
}

/** The findings that still want a person's word. */
export function openFindings(findings: readonly SeenFinding[], given: readonly GivenWaiver[]): SeenFinding[] {
  return findings.filter((finding) => finding.severity === 'review' && !given.some((waiver) => covers(waiver, finding)))
}

/** The same finding in the same file; a file that changed is looked at again. */
function covers(waiver: GivenWaiver, { rule, file, message, sha256 }: SeenFinding): boolean {
  const same = waiver.rule === rule && waiver.file === file
  return same && waiver.message === message && waiver.sha256 === sha256
}

/** The waivers of an earlier version that hold for this one too. */
export function carriedWaivers(findings: readonly SeenFinding[], earlier: readonly GivenWaiver[]): GivenWaiver[] {
  return earlier.filter((waiver) => findings.some((finding) => covers(waiver, finding)))
}

/** The wishes as they are recorded, one for each finding; a wish that waives nothing is refused. */
export function giveWaivers(
  findings: readonly SeenFinding[],
  wishes: readonly WaiverWish[],
  { by, at }: { by: string; at: string },
) {
  const waived: GivenWaiver[] = []
  for (const { rule, file, reason } of wishes) {
    const meant = findings.filter(
      (one) => one.severity === 'review' && one.rule === rule && (file ?? one.file) === one.file,
    )
    if (meant.length === 0)
      return refused(
        'INVALID_ARGUMENT',
        `no finding of ${rule}${file === undefined ? '' : ` in ${file}`} wants a review`,
      )
    for (const one of meant) {
      const place = one.file === undefined ? {} : { file: one.file }
      waived.push({ rule, ...place, message: one.message, sha256: one.sha256, reason, by, at })
    }
  }
  return { ok: true, value: waived } as const
}

/** Of an approval; `undefined` when nothing is open. */
export function refuseOpen(open: readonly SeenFinding[]) {
  if (open.length === 0) return undefined
  const findings = open
    .slice(0, 100)
    .map(({ rule, message, file }) => ({ rule, message, ...(file !== undefined && { file }) }))
  const message = `${open.length} findings want a person's word: waive each with a reason, or do not approve`
  return refused('FINDINGS_OPEN', message, { details: { findings } })
}
