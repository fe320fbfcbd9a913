import { collection, type Stored } from '../../runtime/storage/port.ts'
import type { Counts } from './counts.ts'

/** A version on a day of UTC, over all organizations. `_id` is `versionDayId(…)`; what is zero is absent. */
export type VersionDayDocument = Stored &
  Counts & {
    /** `@publisher/name`. */
    extension: string
    version: string
    /** `2026-01-31`. */
    day: string
    /** Packages that were fetched, or installed. */
    downloads?: number
    installs?: number
    uninstalls?: number
    /** Organizations in which it ran. */
    organizations?: number
  }

/** The same in one organization, to which alone it is shown. `_id` is `organizationDayId(…)`. */
export type OrganizationDayDocument = Stored &
  Counts & {
    extension: string
    version: string
    day: string
    /** Whether it was installed on that day. */
    installed?: boolean
  }

export const versionDays = collection<VersionDayDocument>({
  name: 'analyticsVersionDays',
  scope: 'system',
  indexes: { byExtension: { fields: ['extension', 'day'] }, byDay: { fields: ['day', 'extension'] } },
})

export const organizationDays = collection<OrganizationDayDocument>({
  name: 'analyticsOrganizationDays',
  scope: 'organization',
  indexes: {
    mine: { fields: ['extension', 'day'] },
    byExtension: { fields: ['extension', 'day'], global: true },
    byAge: { fields: ['day'], global: true },
  },
})

export const analyticsCollections = [versionDays, organizationDays]

export const ANALYTICS_REASON = 'what is counted of an extension belongs to no organization'
export function versionDayId(extension: string, version: string, day: string): string {
  return `${extension}@${version}/${day}`
}

export function organizationDayId(organizationId: string, extension: string, version: string, day: string): string {
  return `${organizationId}/${versionDayId(extension, version, day)}`
}
