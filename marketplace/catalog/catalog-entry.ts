import type { Capabilities } from '@annex/sdk/manifest/capabilities'
import type { ExtensionFiguresDocument } from '../publishing/extension-figures.ts'
import type {
  ExtensionDocument,
  PricingTerms,
  PublisherDocument,
  VersionDocument,
  Visibility,
} from '../publishing/publishing-collections.ts'
import type { PassedReport } from '../publishing/reports.ts'
import type { PackageSignature } from '../publishing/signing/shown-signatures.ts'
import type { Language, PermissionSheet } from './permission-sheet.ts'
import { permissionSheet } from './permission-words.ts'
import { dayOf, scoreOf } from './score.ts'
import type { SearchEntry } from './search-entry.ts'
import { searchWords } from './search-words.ts'

/** An extension in a list. */
export interface CatalogCard {
  /** `@publisher/name`. */
  extension: string
  publisher: string
  /** The domain that the publisher has proven, in punycode. */
  publisherDomain?: string
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
  /** What it costs, as far as there is anything to say. */
  terms?: PricingTerms
  /** By organizations that have it; absent until there is one. */
  rating?: CatalogRating
  /** Why nobody should begin with it, and what to take in its place. */
  deprecation?: { message: string; replacement?: string }
  /** Why it cannot be installed here; in a search only when it was asked for. */
  incompatible?: string
  /** Absent: public. */
  visibility?: 'unlisted' | 'organization'
}

export interface CatalogRating {
  /** 1 to 5 stars, to one decimal. */
  average: number
  count: number
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
  /** In lists of versions, and of the version that a detail shows. */
  signature?: PackageSignature
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
  signature?: PackageSignature
  permissions: PermissionSheet
  /** JSON Schema of the configuration. */
  config?: Record<string, unknown>
  /** Plain text of README.md, as the author wrote it. */
  readme: string
  /** The version that each channel names. */
  channels: Record<string, string>
  dependencies: Capabilities['dependencies']
  versions: CatalogVersion[]
  /** Organizations that had it installed within 7 days, each once. */
  weeklyInstalls: number
  /** Packages that were fetched or installed within 30 days. */
  monthlyDownloads: number
  health?: CatalogHealth
  links: {
    self: string
    versions: string
    install: string
    /** Safe HTML. */
    readme: string
    changelog?: string
    /** Addresses of pictures of the package. */
    icon?: string
    screenshots: string[]
  }
}

/** How its runs of 7 days went, in steps, and only of enough organizations that none is told by it. */
export type CatalogHealth = 'good' | 'fair' | 'poor'

export function catalogCard({ extension, publisher, version, card, ...rest }: VersionDocument): CatalogCard {
  const { displayName, description, category, kind, integrationType, pricing, terms } = card
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
    ...(terms && { terms }),
    ...(rest.state === 'deprecated' && rest.deprecated && { deprecation: deprecationOf(rest.deprecated) }),
  }
}

function deprecationOf({ message, replacement }: NonNullable<VersionDocument['deprecated']>) {
  return { message, ...(replacement === undefined ? {} : { replacement }) }
}

export function catalogVersion(document: VersionDocument, signature?: PackageSignature): CatalogVersion {
  const { version, digest, size, manifestDigest, card, state, publishedAt, createdAt } = document
  return {
    version,
    digest,
    size,
    manifestDigest,
    platform: card.platform,
    deprecated: state === 'deprecated',
    publishedAt: publishedAt ?? createdAt,
    ...(signature === undefined ? {} : { signature }),
  }
}

export function catalogDetail(
  document: ExtensionDocument,
  shown: VersionDocument,
  all: readonly VersionDocument[],
  { package: held }: PassedReport,
  { signature, figures, language }: DetailExtras = {},
): CatalogDetail {
  const { card, capabilities, digest, size, manifestDigest } = shown
  const { keywords, license, homepage, repository } = card
  const path = shown.extension.slice(1)
  const words = language && held.manifest.annex.locales?.[language]
  return {
    ...catalogCard(shown),
    ...(words?.displayName === undefined ? {} : { displayName: words.displayName }),
    ...(words?.description === undefined ? {} : { description: words.description }),
    ...extensionFacts(document),
    keywords,
    ...(license === undefined ? {} : { license }),
    ...(homepage === undefined ? {} : { homepage }),
    ...(repository === undefined ? {} : { repository }),
    digest,
    size,
    manifestDigest,
    ...(signature === undefined ? {} : { signature }),
    permissions: permissionSheet(capabilities, language, words?.reasons),
    ...(held.manifest.annex.config ? { config: held.manifest.annex.config } : {}),
    readme: held.texts.readme ?? '',
    channels: document.tags,
    dependencies: capabilities.dependencies,
    versions: all.map((version) => catalogVersion(version)),
    weeklyInstalls: figures?.organizations7d ?? 0,
    monthlyDownloads: figures?.downloads30d ?? 0,
    ...healthOf(figures),
    links: {
      self: `/api/marketplace/catalog/${path}`,
      versions: `/api/marketplace/catalog/${path}/versions`,
      install: `/api/marketplace/install/${path}`,
      ...pageLinks(`/api/marketplace/catalog/${path}/versions/${shown.version}`, held),
    },
  }
}

export interface DetailExtras {
  signature?: PackageSignature | undefined
  figures?: ExtensionFiguresDocument | undefined
  /** Of the words; English if absent. */
  language?: Language | undefined
}

function pageLinks(version: string, { texts, manifest }: PassedReport['package']) {
  const { icon, screenshots = [] } = manifest.annex
  const file = (path: string) => `${version}/files/${path.split('/').map(encodeURIComponent).join('/')}`
  return {
    readme: `${version}/readme`,
    ...(texts.changelog === undefined ? {} : { changelog: `${version}/changelog` }),
    ...(icon === undefined ? {} : { icon: file(icon) }),
    screenshots: screenshots.map(file),
  }
}

/** Fewer organizations than these could be told apart by a figure. */
const MOST_TELLING = 5

function healthOf(figures: ExtensionFiguresDocument | undefined): { health?: CatalogHealth } {
  if (!figures || figures.runOrganizations7d < MOST_TELLING || figures.runs7d === 0) return {}
  const failed = figures.failures7d / figures.runs7d
  return { health: failed < 0.02 ? 'good' : failed < 0.1 ? 'fair' : 'poor' }
}

/** What stands with an extension, whichever version of it is shown. */
export function extensionFacts({ ratings, visibility }: ExtensionDocument): Pick<CatalogCard, 'rating' | 'visibility'> {
  return {
    ...(ratings && ratings.count > 0 && { rating: ratingOf(ratings) }),
    ...(visibility && visibility.kind !== 'public' && { visibility: visibility.kind }),
  }
}

export function ratingOf({ count, stars }: { count: number; stars: number }): CatalogRating {
  return { average: Math.round((10 * stars) / count) / 10, count }
}

/** What search is made of. */
export interface SearchFacts {
  document: ExtensionDocument
  /** The one that is shown. */
  version: VersionDocument
  owner: PublisherDocument
  figures: ExtensionFiguresDocument | undefined
  readme: string | undefined
  /** Why it cannot be installed here. */
  misfit: string | undefined
}

/** As search keeps it: in every language that there is. */
type KeptCard = CatalogCard & Pick<VersionDocument['card'], 'french'>

/** A card that search kept, in one language. */
export function cardIn(kept: string, language: Language): CatalogCard {
  const { french, ...card } = JSON.parse(kept) as KeptCard
  return language === 'fr' ? { ...card, ...french } : card
}

export function searchEntry({ document, version, owner, figures, readme = '', misfit }: SearchFacts): SearchEntry {
  const { verified } = owner
  const { french } = version.card
  const card: CatalogCard = {
    ...catalogCard(version),
    ...extensionFacts(document),
    ...(verified && { publisherDomain: verified.domain }),
    ...(misfit !== undefined && { incompatible: misfit }),
  }
  const { extension, publisher, name, displayName, description, category, kind, integrationType, pricing } = card
  const publishedDay = dayOf(card.publishedAt)
  const { count: ratings = 0, stars = 0 } = document.ratings ?? {}
  const { organizations30d: organizations = 0, updatedDay: day = publishedDay } = figures ?? {}
  const standing = { ratings, stars, organizations, publishedDay, day, verified: verified !== undefined }
  return {
    ...{ extension, publisher, name, displayName, category, kind, pricing },
    description: [description, french?.description ?? ''].join(' ').trim(),
    ...(integrationType === undefined ? {} : { integrationType }),
    keywords: [...version.card.keywords, ...(french?.displayName === undefined ? [] : [french.displayName])],
    readme: [...new Set(searchWords(readme))].join(' '),
    score: scoreOf({ ...standing, deprecated: document.status === 'deprecated' || version.state === 'deprecated' }),
    verified: verified !== undefined,
    open: !isOrganizations(document.visibility),
    compatible: misfit === undefined,
    audience: isOrganizations(document.visibility) ? document.visibility.organizations : [],
    needs: version.capabilities.dependencies.map((each) => each.name),
    card: JSON.stringify({ ...card, ...(french && { french }) } satisfies KeptCard),
  }
}

function isOrganizations(visibility: Visibility | undefined): visibility is Visibility & { kind: 'organization' } {
  return visibility?.kind === 'organization'
}
