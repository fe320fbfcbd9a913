import type { Test } from 'tap'
import type { Identity } from '../../../marketplace/accounts/identity.ts'
import { createFigures } from '../../../marketplace/analytics/figures.ts'
import { addToOrganizationDay, addToVersionDay } from '../../../marketplace/analytics/write-day.ts'
import {
  type InstallationDocument,
  installations,
} from '../../../marketplace/installations/installation-collections.ts'
import { commit } from '../../../marketplace/publishing/commit.ts'
import { emitPublisherChange } from '../../../marketplace/publishing/publishers.ts'
import {
  extensions,
  publisherMembers,
  publishers,
  type VersionDocument,
  versions,
} from '../../../marketplace/publishing/publishing-collections.ts'
import { versionKey } from '../../../marketplace/publishing/version-key.ts'
import type { VersionAct } from '../../../marketplace/publishing/version-life.ts'
import { versionTexts, versionTextsDraft } from '../../../marketplace/publishing/version-texts.ts'
import { publishVersion } from '../../../marketplace/review/publish-version.ts'
import type { Draft, Store } from '../../../runtime/storage/port.ts'
import { FILLED_AT, fillCatalog, idOf } from '../../bench/service/fill-catalog.ts'
import { madeUp } from '../../bench/service/made-up-catalog.ts'
import type { Random } from '../../faults/random.ts'
import { buildApp, type TestApp } from '../gateway/build-app.ts'

const REASON = 'a test changes what is listed'
const DAY_MS = 24 * 3_600_000

/** A whole service with made-up extensions, whose publishers have one owner. */
export interface Listings {
  app: TestApp
  owner: Identity
  moderator: Identity
  organizations: readonly string[]
  /** Of extensions; more as they are published. */
  names: string[]
}

/** One change as publishers, moderators and organizations make it. What is refused changes nothing. */
export type Change = (listings: Listings, random: Random) => Promise<unknown>

export async function openListings(t: Test, count: number): Promise<Listings> {
  const app = await buildApp(t)
  const { store } = app.services
  await fillCatalog(store, count, { digest: 'none', reportId: 'none' })
  const slugs = Array.from({ length: Math.ceil(count / 10) }, (_, index) => madeUp(index * 10).publisher)
  const people = [await app.person('one'), await app.person('two')]
  const userId = people[0]?.userId ?? ''
  await store
    .asSystem(REASON)(publisherMembers)
    .insertMany(
      slugs.map((publisher) => ({
        ...{ _id: `${publisher}:${userId}`, publisher, userId, role: 'owner' },
        ...{ addedBy: userId, addedAt: app.clock.iso() },
      })),
    )
  const identity = { kind: 'user', userId, email: 'one@one.example', organizationIds: [], publisherScopes: [] } as const
  return {
    app,
    owner: { ...identity, platformRoles: [] },
    moderator: { ...identity, userId: 'usr_moderator', platformRoles: ['moderator'] },
    organizations: people.map(({ organizationId }) => organizationId),
    names: Array.from({ length: count }, (_, index) => idOf(madeUp(index))),
  }
}

export const CHANGES: readonly Change[] = [
  publish,
  publish,
  publish,
  turnVersion,
  turnVersion,
  turnVersion,
  setVisibility,
  setVisibility,
  suspendExtension,
  suspendPublisher,
  proveDomain,
  rate,
  rate,
  install,
]

/** A new version with other words, or a new extension; it may need another one, or a platform that there is not. */
async function publish(listings: Listings, random: Random): Promise<void> {
  const { app, names } = listings
  const { store } = app.services
  const [version, extension] = [`1.${names.length}.${random.between(0, 1e6)}`, nameOf(listings, random)]
  const draft = await draftOf(store, { extension, version, like: random.pick(names) }, random)
  const outcome = await commit(store, async (tx) => {
    const handle = tx.asSystem(REASON)
    await handle(versions).insert(draft)
    await handle(versionTexts).insert(versionTextsDraft(draft._id, madeUp(random.between(0, 1e6)).readme))
    return { ok: true, value: await publishVersion(tx, handle, draft._id, app.clock.iso()) }
  })
  if (outcome.ok && !names.includes(extension)) names.push(extension)
}

function nameOf({ names }: Listings, random: Random): string {
  const known = random.pick(names)
  if (random.between(0, 3) > 0) return known
  return `${known.slice(0, known.indexOf('/'))}/${madeUp(random.between(0, 1e6)).name}`
}

async function draftOf(
  store: Store,
  { extension, version, like }: { extension: string; version: string; like: string },
  random: Random,
): Promise<Draft<VersionDocument>> {
  const [shape] = (
    await store
      .asSystem(REASON)(versions)
      .find({ where: { extension: like }, limit: 1 })
  ).data
  if (!shape) throw new Error(`${like} has no version`)
  const { rev: _, organizationId: __, publishedAt: ___, ...rest } = shape
  const { displayName, description, category, keywords, pricing } = madeUp(random.between(0, 1e6))
  const platform = random.pick(['>=1.0.0 <2.0.0', '>=1.0.0 <2.0.0', '>=1.0.0 <2.0.0', '>=9.0.0'])
  const dependencies = random.pick([[], [{ name: like, range: '*' }]])
  return {
    ...rest,
    ...{ _id: `${extension}@${version}`, extension, publisher: extension.slice(1, extension.indexOf('/')), version },
    ...{ sortKey: versionKey(version) ?? '', state: 'in_review' },
    card: { ...rest.card, displayName, description, category, keywords, pricing, platform },
    capabilities: { ...rest.capabilities, dependencies },
  }
}

async function turnVersion({ app, moderator, names }: Listings, random: Random): Promise<void> {
  const { store, versionLife } = app.services
  const where = { extension: random.pick(names) }
  const { data } = await store
    .asSystem(REASON)(versions)
    .find({ where, sort: [['sortKey', 'asc']] })
  const { extension, version } = random.pick(data)
  const acts: VersionAct[] = [
    { act: 'deprecate', message: 'take another one' },
    { act: 'undeprecate' },
    { act: 'yank', reason: 'it is broken' },
    { act: 'unyank' },
    { act: 'remove', reason: 'it does harm' },
  ]
  await versionLife.change(moderator, { extension, version }, random.pick(acts))
}

async function setVisibility({ app, owner, names, organizations }: Listings, random: Random): Promise<void> {
  const visibility = random.pick([
    { kind: 'public' } as const,
    { kind: 'unlisted' } as const,
    { kind: 'organization', organizations: [random.pick(organizations)] } as const,
    { kind: 'organization', organizations: [...organizations] } as const,
  ])
  const { listings } = app.services.publishing
  await listings.set(owner, random.pick(names), visibility as Parameters<typeof listings.set>[2])
}

async function suspendExtension({ app, moderator, names }: Listings, random: Random): Promise<void> {
  const { suspensions } = app.services.publishing
  await suspensions.extension(moderator, random.pick(names), random.pick(['it is looked at', undefined]))
}

async function suspendPublisher({ app, moderator, names }: Listings, random: Random): Promise<void> {
  const { suspensions } = app.services.publishing
  await suspensions.publisher(moderator, publisherOf(random.pick(names)), random.pick(['it is looked at', undefined]))
}

async function proveDomain({ app, names }: Listings, random: Random): Promise<void> {
  const publisher = publisherOf(random.pick(names))
  const verified = { domain: `${publisher}.example`, method: 'dns', at: app.clock.iso() } as const
  const patch = random.pick([{ set: { verified } }, { unset: ['verified'] }])
  await app.services.store.tx(async (tx) => {
    await tx.asSystem(REASON)(publishers).patch(publisher, patch)
    emitPublisherChange(tx, publisher)
  })
}

function publisherOf(extension: string): string {
  return extension.slice(1, extension.indexOf('/'))
}

/** Of what the organization had for a while; or the rating is taken back. */
async function rate({ app, names, organizations }: Listings, random: Random): Promise<void> {
  const { store, ratings } = app.services
  const [organizationId, extension] = [random.pick(organizations), random.pick(names)]
  const admin = { kind: 'user', userId: 'usr_admin', organizationId, role: 'admin', grants: [] } as const
  const had = { state: 'uninstalled', extension, createdAt: '2026-01-01T00:00:00.000Z', updatedAt: app.clock.iso() }
  const record = { _id: `ins_${organizationId}_${extension}`, ...had } as unknown as Draft<InstallationDocument>
  await store.forOrganization(organizationId)(installations).put(record)
  if (random.between(0, 3) === 0) await ratings.withdraw(admin, extension)
  else await ratings.rate(admin, extension, { stars: random.between(1, 5), text: '' })
}

/** As installations are counted, and the figures drawn up of them. */
async function install({ app, names, organizations }: Listings, random: Random): Promise<void> {
  const { store } = app.services
  const extension = random.pick(names)
  const version = (await store.asSystem(REASON)(extensions).get(extension))?.tags.latest
  if (version === undefined) return
  const clock = { now: () => FILLED_AT, iso: () => new Date(FILLED_AT).toISOString() }
  const row = {
    extension,
    version,
    day: new Date(FILLED_AT - random.between(0, 20) * DAY_MS).toISOString().slice(0, 10),
  }
  await store.tx(async (tx) => {
    for (const organizationId of organizations)
      await addToOrganizationDay(tx, organizationId, row, { set: { installed: true } })
    await addToVersionDay(tx, row, { installs: 1 })
  })
  await createFigures({ store, clock }).sweep()
}
