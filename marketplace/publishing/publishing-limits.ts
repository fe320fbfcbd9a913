import { PACKAGE_LIMITS } from '@annex/package/limits'

/** Limits of publishing that an operator may set. */
export interface PublishingLimits {
  /** Bytes of a package as uploaded: checked before anything else is done with them. */
  packageBytes: number
  /** Uploads of one person that may wait for their check at the same time. */
  openSubmissions: number
  /** Milliseconds for one check. */
  checkMs: number
}

export const PUBLISHING_LIMITS: PublishingLimits = {
  packageBytes: PACKAGE_LIMITS.compressed,
  openSubmissions: 20,
  checkMs: 300_000,
}
