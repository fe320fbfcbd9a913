import { parse, satisfies } from 'semver'
import { collection, type Handle, type Stored } from '../../runtime/storage/port.ts'

const HOUR_MS = 3_600_000

export const AUTO_LEVELS = ['none', 'patch', 'minor', 'any'] as const

/** Which versions come by themselves. */
export type UpgradePolicy = {
  auto: (typeof AUTO_LEVELS)[number]
  /** How long a version must have been published. */
  minAgeHours: number
  /** The channel that is followed: `latest` never names a pre-release. */
  channel: string
  /** Semver ranges of versions, and `@publisher/name` of extensions, that never come by themselves. */
  excludes: string[]
}

/** What an organization that has said nothing has: nothing comes by itself. */
export const NO_POLICY: UpgradePolicy = { auto: 'none', minAgeHours: 72, channel: 'latest', excludes: [] }

/** The policy of an organization for installations without one of their own; `_id` is `default`. */
export interface UpgradeDefaultDocument extends Stored {
  policy: UpgradePolicy
  by: string
  at: string
}

export const DEFAULT_ID = 'default'

export const upgradeDefaults = collection<UpgradeDefaultDocument>({
  name: 'upgradeDefaults',
  scope: 'organization',
  indexes: {},
})

/** What the organization has said; `undefined` when it has said nothing. */
export async function storedPolicy(tenant: Handle): Promise<UpgradePolicy | undefined> {
  return (await tenant(upgradeDefaults).get(DEFAULT_ID))?.policy
}

/** Whether a version has been published for as long as the policy wants; `now` in milliseconds. */
export function isOldEnough(
  { minAgeHours }: Pick<UpgradePolicy, 'minAgeHours'>,
  { publishedAt }: { publishedAt?: string },
  now: number,
): boolean {
  return publishedAt !== undefined && publishedAt <= new Date(now - minAgeHours * HOUR_MS).toISOString()
}

/** Whether the policy lets an installation go from one version to another by itself, its age aside. */
export function allowsStep(
  { auto, excludes }: UpgradePolicy,
  extension: string,
  { from, to }: { from: string; to: string },
): boolean {
  const [before, after] = [parse(from), parse(to)]
  if (auto === 'none' || !before || !after || after.compare(before) <= 0) return false
  if (excludes.some((each) => each === extension || satisfies(to, each, { includePrerelease: true }))) return false
  if (auto === 'any') return true
  if (before.major !== after.major) return false
  return auto === 'minor' || before.minor === after.minor
}
