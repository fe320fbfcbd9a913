import type { Manifest } from '@annex/sdk/manifest'
import type { ExtensionDocument, VersionDocument } from '../publishing/publishing-collections.ts'
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

export function catalogCard({ extension, publisher, manifest, version, ...rest }: VersionDocument): CatalogCard {
  const { displayName, category, kind, integrationType, pricing } = manifest.annex
  return {
    extension,
    publisher,
    name: extension.slice(extension.indexOf('/') + 1),
    displayName,
    description: manifest.description ?? '',
    category,
    kind,
    ...(integrationType === undefined ? {} : { integrationType }),
    version,
    publishedAt: rest.publishedAt ?? rest.createdAt,
    pricing: pricing?.model ?? 'FREE',
  }
}

export function catalogVersion(document: VersionDocument): CatalogVersion {
  const { version, digest, size, manifestDigest, manifest, state, publishedAt, createdAt } = document
  return {
    version,
    digest,
    size,
    manifestDigest,
    platform: manifest.annex.platform,
    deprecated: state === 'deprecated',
    publishedAt: publishedAt ?? createdAt,
  }
}

export function catalogDetail(shown: VersionDocument, all: readonly VersionDocument[]): CatalogDetail {
  const { manifest, capabilities, readme, digest, size, manifestDigest } = shown
  const path = shown.extension.slice(1)
  return {
    ...catalogCard(shown),
    ...about(manifest),
    digest,
    size,
    manifestDigest,
    permissions: permissionSheet(capabilities),
    ...(manifest.annex.config ? { config: manifest.annex.config } : {}),
    readme,
    versions: all.map(catalogVersion),
    links: {
      self: `/api/marketplace/catalog/${path}`,
      versions: `/api/marketplace/catalog/${path}/versions`,
      install: `/api/marketplace/install/${path}`,
    },
  }
}

function about({ keywords = [], license, homepage, repository }: Manifest) {
  const url = typeof repository === 'string' ? repository : repository?.url
  return {
    keywords,
    ...(license === undefined ? {} : { license }),
    ...(homepage === undefined ? {} : { homepage }),
    ...(url === undefined ? {} : { repository: url }),
  }
}

export function searchEntry({ publisher, name }: ExtensionDocument, latest: VersionDocument): SearchEntry {
  const card = catalogCard(latest)
  const { extension, displayName, description, category, kind, integrationType } = card
  return {
    extension,
    publisher,
    name,
    displayName,
    description,
    keywords: latest.manifest.keywords ?? [],
    readme: latest.readme,
    category,
    kind,
    ...(integrationType === undefined ? {} : { integrationType }),
    card: JSON.stringify(card),
  }
}
