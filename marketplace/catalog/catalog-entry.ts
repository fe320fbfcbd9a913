import type { ExtensionDocument, VersionDocument } from '../publishing/publishing-collections.ts'
import type { PassedReport } from '../publishing/reports.ts'
import { type PermissionSheet, permissionSheet } from './permission-words.ts'
import type { SearchEntry } from './search-index.ts'

/** An extension in a list. */
export interface CatalogCard {
  /** `@publisher/name`. */
  extension: string
  publisher: string
  name: string
  displayName: string
  description: string
  category: string
  kind: 'connector' | 'transformation'
  integrationType?: string
  /** The version that an installation without a wish gets. */
  version: string
  publishedAt: string
  pricing: string
}

export interface CatalogVersion {
  version: string
  digest: string
  size: number
  manifestDigest: string
  /** The range of platform versions that it runs on. */
  platform: string
  deprecated: boolean
  publishedAt: string
}

/** An extension on its own page. */
export interface CatalogDetail extends CatalogCard {
  keywords: string[]
  license?: string
  homepage?: string
  repository?: string
  digest: string
  size: number
  manifestDigest: string
  permissions: PermissionSheet
  /** JSON Schema of the configuration. */
  config?: Record<string, unknown>
  /** Plain text of README.md, as the author wrote it. */
  readme: string
  versions: CatalogVersion[]
  links: { self: string; versions: string; install: string }
}

export function catalogCard({ extension, publisher, version, card, ...rest }: VersionDocument): CatalogCard {
  const { displayName, description, category, kind, integrationType, pricing } = card
  return {
    extension,
    publisher,
    name: extension.slice(extension.indexOf('/') + 1),
    displayName,
    description,
    category,
    kind,
    ...(integrationType === undefined ? {} : { integrationType }),
    version,
    publishedAt: rest.publishedAt ?? rest.createdAt,
    pricing,
  }
}

export function catalogVersion(document: VersionDocument): CatalogVersion {
  const { version, digest, size, manifestDigest, card, state, publishedAt, createdAt } = document
  return {
    version,
    digest,
    size,
    manifestDigest,
    platform: card.platform,
    deprecated: state === 'deprecated',
    publishedAt: publishedAt ?? createdAt,
  }
}

export function catalogDetail(
  shown: VersionDocument,
  all: readonly VersionDocument[],
  { package: held }: PassedReport,
): CatalogDetail {
  const { card, capabilities, digest, size, manifestDigest } = shown
  const { keywords, license, homepage, repository } = card
  const path = shown.extension.slice(1)
  return {
    ...catalogCard(shown),
    keywords,
    ...(license === undefined ? {} : { license }),
    ...(homepage === undefined ? {} : { homepage }),
    ...(repository === undefined ? {} : { repository }),
    digest,
    size,
    manifestDigest,
    permissions: permissionSheet(capabilities),
    ...(held.manifest.annex.config ? { config: held.manifest.annex.config } : {}),
    readme: held.texts.readme ?? '',
    versions: all.map(catalogVersion),
    links: {
      self: `/api/marketplace/catalog/${path}`,
      versions: `/api/marketplace/catalog/${path}/versions`,
      install: `/api/marketplace/install/${path}`,
    },
  }
}

export function searchEntry(document: ExtensionDocument, latest: VersionDocument, report: PassedReport): SearchEntry {
  const card = catalogCard(latest)
  const { extension, displayName, description, category, kind, integrationType } = card
  return {
    extension,
    publisher: document.publisher,
    name: document.name,
    displayName,
    description,
    keywords: latest.card.keywords,
    readme: report.package.texts.readme ?? '',
    category,
    kind,
    ...(integrationType === undefined ? {} : { integrationType }),
    card: JSON.stringify(card),
  }
}
