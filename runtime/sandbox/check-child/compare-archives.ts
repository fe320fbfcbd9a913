import { comparePackages } from '@annex/package/difference/compare-packages'
import type { PackageDifference } from '@annex/package/difference/package-difference'

const LENGTH_BYTES = 4

/** Two packages in one body: the length of the first, both after it. Throws for what is something else. */
export function compareArchives(body: Buffer): PackageDifference {
  const length = body.length < LENGTH_BYTES ? 0 : body.readUInt32BE(0)
  if (length === 0 || LENGTH_BYTES + length >= body.length) throw new TypeError('not two packages')
  const second = LENGTH_BYTES + length
  return comparePackages(body.subarray(LENGTH_BYTES, second), body.subarray(second))
}
