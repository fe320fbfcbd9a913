import type { Clock } from '../../runtime/clock.ts'
import type { FinishedRun } from '../../runtime/invocations/finished-run.ts'
import type { Log } from '../../runtime/log.ts'
import type { Store } from '../../runtime/storage/port.ts'
import { createWriteBehind } from '../../runtime/write-behind.ts'
import { ANALYTICS_LIMITS } from './analytics-limits.ts'
import { addIncrements, type Increments, incrementsOf } from './counts.ts'
import { addToOrganizationDay, addToVersionDay, type VersionDay } from './write-day.ts'

/** Counts runs and downloads by version and day. */
export interface AnalyticsMeter {
  /** Costs no write: the rows follow within a second. A crash loses what was counted since they last did. */
  ran(run: FinishedRun): void
  downloaded(extension: string, version: string): void
  /** Writes what is not written yet. Throws when the store does not take it; it is kept for the next time. */
  flush(): Promise<void>
}

/** What waits of one version and day. */
interface Waiting extends VersionDay {
  own: Increments
  organizations: Map<string, Increments>
}

export function createAnalyticsMeter({ store, clock, log }: { store: Store; clock: Clock; log: Log }): AnalyticsMeter {
  const waiting = new Map<string, Waiting>()
  let size = 0
  const behind = createWriteBehind({
    groupMs: ANALYTICS_LIMITS.groupMs,
    writeAll,
    onError: (error) => log.error({ err: error }, 'runs could not be counted; it is tried again'),
  })

  function add(at: VersionDay, increments: Increments, organizationId?: string): void {
    const entry = entryOf(at)
    const known = organizationId === undefined || entry.organizations.has(organizationId)
    if (!known && size >= ANALYTICS_LIMITS.waiting) return log.error({ ...at }, 'a count of a run was dropped')
    if (!known) size++
    if (organizationId === undefined) entry.own = addIncrements(entry.own, increments)
    else
      entry.organizations.set(organizationId, addIncrements(entry.organizations.get(organizationId) ?? {}, increments))
    behind.soon()
  }

  function entryOf({ extension, version, day }: VersionDay): Waiting {
    const key = `${extension}@${version}/${day}`
    const entry = waiting.get(key) ?? { extension, version, day, own: {}, organizations: new Map() }
    waiting.set(key, entry)
    return entry
  }

  async function writeAll(): Promise<void> {
    const all = [...waiting.values()]
    waiting.clear()
    size = 0
    const left = all.flatMap(groupsOf)
    while (left[0]) {
      try {
        await writeGroup(store, left[0])
      } catch (error) {
        for (const group of left) giveBack(group)
        throw error
      }
      left.shift()
    }
  }

  function giveBack({ own, organizations, ...at }: Waiting): void {
    if (Object.keys(own).length > 0) add(at, own)
    for (const [organizationId, increments] of organizations) add(at, increments, organizationId)
  }

  const today = () => clock.iso().slice(0, 10)
  return {
    ran({ installation: { organizationId, extension, version }, ...run }) {
      add({ extension, version, day: today() }, incrementsOf(run), organizationId)
    },
    downloaded: (extension, version) => add({ extension, version, day: today() }, { downloads: 1 }),
    flush: behind.flush,
  }
}

/** So many organizations to a commit. */
function groupsOf({ own, organizations, ...at }: Waiting): Waiting[] {
  const groups: Waiting[] = []
  const all = [...organizations]
  for (let from = 0; from < all.length; from += ANALYTICS_LIMITS.commit)
    groups.push({ ...at, own: {}, organizations: new Map(all.slice(from, from + ANALYTICS_LIMITS.commit)) })
  const [first] = groups
  if (!first) return [{ ...at, own, organizations }]
  first.own = own
  return groups
}

/** The organizations' rows and their sum in one commit, so that an organization is counted exactly once a day. */
function writeGroup(store: Store, { own, organizations, ...at }: Waiting): Promise<void> {
  return store.tx(async (tx) => {
    let sum = own
    for (const [organizationId, inc] of organizations) {
      const before = await addToOrganizationDay(tx, organizationId, at, { inc })
      sum = addIncrements(sum, before?.invocations === undefined ? { ...inc, organizations: 1 } : inc)
    }
    await addToVersionDay(tx, at, sum)
  })
}
