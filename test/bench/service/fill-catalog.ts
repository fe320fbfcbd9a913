import { extensionFigures } from '../../../marketplace/publishing/extension-figures.ts'
import { extensions, publishers, versions } from '../../../marketplace/publishing/publishing-collections.ts'
import { versionKey } from '../../../marketplace/publishing/version-key.ts'
import { versionTexts, versionTextsDraft } from '../../../marketplace/publishing/version-texts.ts'
import type { Store } from '../../../runtime/storage/port.ts'
import { type MadeUp, madeUp } from './made-up-catalog.ts'

const PAGE = 1000
const DAY_MS = 24 * 3_600_000
/** Days since 1970: when the figures were drawn up. Older ones would be drawn up anew, all of them, at once. */
const TODAY = Math.floor(Date.now() / DAY_MS)
/** That day's first instant, in milliseconds. */
export const FILLED_AT = TODAY * DAY_MS

/** Writes made-up extensions into the store, as publications would have; all have the package and report named here. */
export async function fillCatalog(
  store: Store,
  count: number,
  shared: { digest: string; reportId: string },
): Promise<void> {
  const handle = store.asSystem('a measurement')
  for (let at = 0; at < count; at += PAGE) {
    const some = Array.from({ length: Math.min(PAGE, count - at) }, (_, index) => madeUp(at + index))
    const slugs = [...new Set(some.map(({ publisher }) => publisher))]
    await handle(publishers).insertMany(slugs.map(publisherDraft))
    await handle(extensions).insertMany(some.map(extensionDraft))
    await handle(versions).insertMany(some.map((one) => versionDraft(one, shared)))
    await handle(versionTexts).insertMany(some.map((one) => versionTextsDraft(`${idOf(one)}@1.0.0`, one.readme)))
    await handle(extensionFigures).insertMany(some.map(figuresDraft))
  }
}

export function idOf({ publisher, name }: Pick<MadeUp, 'publisher' | 'name'>): string {
  return `@${publisher}/${name}`
}

function instant(day: number): string {
  return new Date(day * DAY_MS).toISOString()
}

function publisherDraft(slug: string) {
  const verified = { domain: `${slug}.example`, method: 'dns', at: instant(TODAY) } as const
  const third = Number(slug.slice(slug.lastIndexOf('-') + 1)) % 3 === 0
  const draft = {
    displayName: slug,
    state: 'active',
    createdBy: 'usr_1',
    createdAt: instant(TODAY),
    changes: 0,
  } as const
  return { _id: slug, ...draft, ...(third && { verified }) }
}

function extensionDraft(one: MadeUp) {
  const at = instant(one.publishedDay)
  const { publisher, name } = one
  return {
    _id: idOf(one),
    publisher,
    name,
    status: 'listed',
    tags: { latest: '1.0.0' },
    createdAt: at,
    updatedAt: at,
  } as const
}

function versionDraft(one: MadeUp, { digest, reportId }: { digest: string; reportId: string }) {
  const { publisher, displayName, description, category, kind, integrationType, keywords, pricing } = one
  const card = { displayName, description, category, kind, keywords, pricing, platform: '>=1.0.0 <2.0.0' }
  const empty = { scopes: { required: [], optional: [] }, egress: [], configHosts: [], injections: [], secrets: [] }
  const none = { events: { subscribes: [], emits: [] }, schedules: [], dependencies: [] }
  const at = instant(one.publishedDay)
  return {
    ...{
      _id: `${idOf(one)}@1.0.0`,
      extension: idOf(one),
      publisher,
      version: '1.0.0',
      sortKey: versionKey('1.0.0') ?? '',
    },
    ...{ digest, size: 1000, manifestDigest: digest, reportId, submissionId: 'sub_1' },
    state: 'published',
    card: { ...card, ...(integrationType === undefined ? {} : { integrationType }) },
    capabilities: { kind, ...empty, ...none },
    createdAt: at,
    publishedAt: at,
  } as const
}

function figuresDraft(one: MadeUp) {
  const { organizations } = one
  const runs = {
    runs7d: organizations * 10,
    failures7d: organizations,
    runOrganizations7d: organizations,
    downloads30d: organizations,
  }
  return {
    _id: idOf(one),
    ...{ organizations7d: Math.floor(organizations / 4), organizations30d: organizations, ...runs, updatedDay: TODAY },
  }
}
