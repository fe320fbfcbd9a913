import { collection, type Stored } from '../../runtime/storage/port.ts'

/** What one organization says of an extension that it has, or had. */
export interface RatingDocument extends Stored {
  /** `@publisher/name`. */
  extension: string
  /** Nobody but the organization itself learns which one it is. */
  organization: string
  /** 1 to 5. */
  stars: number
  text: string
  /** A principal. */
  by: string
  createdAt: string
  updatedAt: string
  /** The publisher's. */
  reply?: { text: string; by: string; at: string }
}

export const REPORT_REASONS = ['malicious', 'deceptive', 'broken', 'rights', 'spam', 'other'] as const
export type ReportReason = (typeof REPORT_REASONS)[number]

/** Somebody says that something is wrong with an extension. */
export interface AbuseReportDocument extends Stored {
  extension: string
  version?: string
  reason: ReportReason
  text: string
  /** A user's id. */
  by: string
  at: string
  state: 'open' | 'resolved'
  resolution?: { text: string; by: string; at: string }
}

/** What an organization may use of an extension that is not free; `_id` is `<organization>:<extension>`. */
export interface EntitlementDocument extends Stored {
  extension: string
  plan: 'trial' | 'paid'
  by: string
  startedAt: string
  /** Of a trial. */
  endsAt?: string
  /** There is one trial, whatever comes after it. */
  trialStartedAt?: string
  /** Its end was seen to: what is installed is held. */
  ended?: true
}

export const ratings = collection<RatingDocument>({
  name: 'ratings',
  scope: 'system',
  indexes: {
    byOrganization: { fields: ['extension', 'organization'], unique: true },
    byExtension: { fields: ['extension', 'updatedAt'] },
  },
})

export const abuseReports = collection<AbuseReportDocument>({
  name: 'abuseReports',
  scope: 'system',
  indexes: {
    byExtension: { fields: ['extension', 'state', 'at'] },
    byState: { fields: ['state', 'at'] },
    byReporter: { fields: ['by', 'at'] },
  },
})

export const entitlements = collection<EntitlementDocument>({
  name: 'entitlements',
  scope: 'organization',
  indexes: { byEnd: { fields: ['plan', 'endsAt'], global: true } },
})

export const listingCollections = [ratings, abuseReports, entitlements]
