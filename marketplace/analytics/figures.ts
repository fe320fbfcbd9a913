import { isDeepStrictEqual } from 'node:util'
import { type Clock, isoPlus } from '../../runtime/clock.ts'
import type { Page, Store } from '../../runtime/storage/port.ts'
import { EXTENSION_FIGURES, type ExtensionFiguresDocument, extensionFigures } from '../publishing/extension-figures.ts'
import { ANALYTICS_REASON, organizationDays, versionDays } from './analytics-collections.ts'
import { ANALYTICS_LIMITS } from './analytics-limits.ts'

/** Figures of whole extensions, which rank by organizations: what one of them does a thousand times counts once. */
export interface Figures {
  /** Organizations in which it ran or was installed within so many days, as last counted. */
  distinctOrganizations(extension: string, days: 7 | 30): Promise<number>
  /** Counts anew, unless that was not long ago. */
  sweep(): Promise<void>
}

type Counted = Omit<ExtensionFiguresDocument, 'rev' | 'organizationId' | 'updatedDay'>

const DAY_MS = 24 * 3_600_000
const PAGE = 1_000

export function createFigures({ store, clock }: { store: Store; clock: Clock }): Figures {
  const system = store.asSystem(ANALYTICS_REASON)
  let countedAt = Number.NEGATIVE_INFINITY
  return {
    async distinctOrganizations(extension, days) {
      const found = await system(extensionFigures).get(extension)
      return (days === 7 ? found?.organizations7d : found?.organizations30d) ?? 0
    },
    async sweep() {
      if (clock.now() - countedAt < ANALYTICS_LIMITS.figuresEveryMs) return
      const now = clock.now()
      const today = clock.iso().slice(0, 10)
      for (const extension of await extensionsSince(store, dayBefore(today, 29), today))
        await keep(store, today, await countExtension(store, extension, today))
      countedAt = now
    },
  }
}

/** Extensions of which something was counted since, and those whose figures are of another day. */
async function extensionsSince(store: Store, since: string, today: string): Promise<Set<string>> {
  const system = store.asSystem(ANALYTICS_REASON)
  const found = new Set<string>()
  const days = { where: { day: { $gte: since } }, sort: [['day', 'asc']], limit: PAGE } as const
  for await (const { extension } of pages((cursor) => system(versionDays).find({ ...days, ...cursor })))
    found.add(extension)
  const older = { where: { updatedDay: { $lt: dayNumber(today) } }, limit: PAGE } as const
  for await (const { _id } of pages((cursor) => system(extensionFigures).find({ ...older, ...cursor }))) found.add(_id)
  return found
}

type Cursor = { cursor?: string }

async function* pages<T>(read: (cursor: Cursor) => Promise<Page<T>>): AsyncIterable<T> {
  let cursor: string | undefined
  do {
    const { data, nextCursor } = await read(cursor === undefined ? {} : { cursor })
    yield* data
    cursor = nextCursor
  } while (cursor !== undefined)
}

async function countExtension(store: Store, extension: string, today: string): Promise<Counted> {
  const system = store.asSystem(ANALYTICS_REASON)
  const week = dayBefore(today, 6)
  const [in7, in30, ran7] = [new Set<string>(), new Set<string>(), new Set<string>()]
  const query = {
    where: { extension, day: { $gte: dayBefore(today, 29) } },
    sort: [['day', 'desc']],
    limit: PAGE,
  } as const
  let looked = 0
  for await (const row of pages((cursor) => system(organizationDays).find({ ...query, ...cursor }))) {
    const { organizationId = '', day, invocations = 0 } = row
    in30.add(organizationId)
    if (day >= week) in7.add(organizationId)
    if (day >= week && invocations > 0) ran7.add(organizationId)
    if (++looked >= ANALYTICS_LIMITS.figureRows) break
  }
  const reach = { organizations7d: in7.size, organizations30d: in30.size, runOrganizations7d: ran7.size }
  return { _id: extension, ...reach, ...(await useSince(store, extension, { month: dayBefore(today, 29), week })) }
}

async function useSince(store: Store, extension: string, { month, week }: { month: string; week: string }) {
  const rows = store.asSystem(ANALYTICS_REASON)(versionDays)
  const query = { where: { extension, day: { $gte: month } }, sort: [['day', 'desc']], limit: PAGE } as const
  let [runs7d, failures7d, downloads30d] = [0, 0, 0]
  for await (const row of pages((cursor) => rows.find({ ...query, ...cursor }))) {
    const { day, downloads = 0, invocations = 0, failures = {} } = row
    downloads30d += downloads
    if (day < week) continue
    runs7d += invocations
    failures7d += (failures.extension ?? 0) + (failures.limit ?? 0)
  }
  return { runs7d, failures7d, downloads30d }
}

/** What is the same is not told again: every node would draw its search up anew. */
async function keep(store: Store, today: string, counted: Counted): Promise<void> {
  const updatedDay = dayNumber(today)
  await store.tx(async (tx) => {
    const all = tx.asSystem(ANALYTICS_REASON)(extensionFigures)
    const before = await all.get(counted._id)
    if (before?.updatedDay === updatedDay && isDeepStrictEqual(countedOf(before), counted)) return
    await all.put({ ...counted, updatedDay })
    tx.emit({ partition: 'system', type: EXTENSION_FIGURES, payload: { extension: counted._id } })
  })
}

function countedOf({ rev: _, organizationId: __, updatedDay: ___, ...counted }: ExtensionFiguresDocument): Counted {
  return counted
}

/** Days since 1970. */
function dayNumber(day: string): number {
  return Date.parse(`${day}T00:00:00.000Z`) / DAY_MS
}

/** The day that lies so many days before. */
export function dayBefore(day: string, days: number): string {
  return isoPlus(`${day}T00:00:00.000Z`, -days * DAY_MS).slice(0, 10)
}
