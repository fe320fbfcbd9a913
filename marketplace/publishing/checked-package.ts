import type { Report } from '@annex/package/report'
import type { Manifest } from '@annex/sdk/manifest'
import type { VersionCard } from './publishing-collections.ts'
import { isPassed, type PassedReport } from './reports.ts'
import { versionKey } from './version-key.ts'

/** What is taken of a package that passed its check. */
export interface CheckedPackage {
  publisher: string
  /** `@publisher/name`. */
  extension: string
  version: string
  sortKey: string
  card: VersionCard
  report: PassedReport
}

const NAME = /^@([a-z0-9][a-z0-9-]{0,63})\/[a-z0-9][a-z0-9._-]{0,63}$/

/**
 * Reads what the check child answered. It is caged because it reads what strangers wrote, so its answer is looked at
 * like any other input. `undefined` when it is not about these bytes or has not the promised form.
 */
export function readCheckedPackage(report: Report, digest: string): CheckedPackage | undefined {
  if (!isPassed(report) || report.package.digest !== digest) return undefined
  const { name, version, manifest } = report.package
  const publisher = NAME.exec(name)?.[1]
  const sortKey = versionKey(version)
  if (publisher === undefined || sortKey === undefined) return undefined
  if (manifest.name !== name || manifest.version !== version) return undefined
  return { publisher, extension: name, version, sortKey, card: cardOf(manifest), report }
}

/** The names in any report, sound or not, as far as they are names. */
export function nameIn({
  package: held,
}: Report): Pick<CheckedPackage, 'publisher' | 'extension' | 'version'> | undefined {
  const publisher = NAME.exec(String(held?.name))?.[1]
  if (held === undefined || publisher === undefined || versionKey(String(held.version)) === undefined) return undefined
  return { publisher, extension: held.name, version: held.version }
}

function termsOf(pricing: Manifest['annex']['pricing']): Pick<VersionCard, 'terms'> {
  const { model: _, ...terms } = pricing ?? {}
  return Object.keys(terms).length === 0 ? {} : { terms }
}

function frenchOf(words: NonNullable<Manifest['annex']['locales']>[string] | undefined): Pick<VersionCard, 'french'> {
  const { displayName, description } = words ?? {}
  const french = {
    ...(displayName === undefined ? {} : { displayName }),
    ...(description === undefined ? {} : { description }),
  }
  return Object.keys(french).length === 0 ? {} : { french }
}

function cardOf({ annex, description = '', keywords = [], license, homepage, repository }: Manifest): VersionCard {
  const { displayName, category, kind, integrationType, platform, pricing, locales } = annex
  const url = typeof repository === 'string' ? repository : repository?.url
  return {
    displayName,
    description,
    category,
    kind,
    ...(integrationType === undefined ? {} : { integrationType }),
    keywords,
    platform,
    pricing: pricing?.model ?? 'FREE',
    ...termsOf(pricing),
    ...(license === undefined ? {} : { license }),
    ...(homepage === undefined ? {} : { homepage }),
    ...(url === undefined ? {} : { repository: url }),
    ...frenchOf(locales?.fr),
  }
}
