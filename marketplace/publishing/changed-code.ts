import type { PackageReport } from '@annex/package/report'
import type { Store } from '../../runtime/storage/port.ts'
import { lastApproved } from './last-approved.ts'
import type { Reports } from './reports.ts'

const REASON = 'packages belong to publishers, which belong to no organization'
const CODE = /\.[cm]?js$/

/** Bytes of code that the last approved version has not; all of it for a first version. */
export async function changedCode(
  { store, reports }: { store: Store; reports: Reports },
  extension: string,
  { files }: Pick<PackageReport, 'files'>,
): Promise<number> {
  const last = await lastApproved(store.asSystem(REASON), extension)
  const known = last ? (await reports.passed(last.reportId)).package.files : []
  const same = new Set(known.map(({ sha256 }) => sha256))
  return files
    .filter(({ path, sha256 }) => CODE.test(path) && !same.has(sha256))
    .reduce((sum, { size }) => sum + size, 0)
}
