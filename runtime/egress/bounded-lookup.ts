import type { LookupAddress } from 'node:dns'
import { lookup as resolve } from 'node:dns/promises'
import { DenialError, denial } from './denial.ts'
import { LOOKUP_LIMITS } from './egress-limits.ts'

/** All addresses of a host name. */
export type Lookup = (host: string) => Promise<readonly LookupAddress[]>

/** What the machine itself would find, `/etc/hosts` included: names of on-premise systems often stand only there. */
export const systemLookup: Lookup = (host) => resolve(host, { all: true })

export type BoundedLookup = (organizationId: string, host: string) => ReturnType<Lookup>

interface Waiting {
  organizationId: string
  begin: () => void
}

/**
 * Bounds the look-ups under way. Each of the system's holds one of the four threads on which this process also reads
 * files, compresses and hashes passwords, and a name server that keeps silent holds it for long: so one organization
 * never has more than two of them, and all together leave one free. Rejects with `ETIMEOUT` after ten seconds, waiting
 * included, or with `QUOTA_EXCEEDED` when too many wait.
 */
export function createBoundedLookup(lookup: Lookup, limits = LOOKUP_LIMITS): BoundedLookup {
  const running = new Map<string, number>()
  const waiting: Waiting[] = []
  let all = 0

  const runningOf = (organizationId: string) => running.get(organizationId) ?? 0
  const hasRoom = (organizationId: string) =>
    all < limits.running.overall && runningOf(organizationId) < limits.running.organization

  function count(organizationId: string, by: number): void {
    const own = runningOf(organizationId) + by
    if (own === 0) running.delete(organizationId)
    else running.set(organizationId, own)
    all += by
  }

  /** The place is given back when the system is done, not when nobody waits any more: the thread is held till then. */
  async function run(organizationId: string, host: string): ReturnType<Lookup> {
    count(organizationId, 1)
    try {
      return await lookup(host)
    } finally {
      count(organizationId, -1)
      beginNext()
    }
  }

  function beginNext(): void {
    const next = waiting.findIndex(({ organizationId }) => hasRoom(organizationId))
    if (next >= 0) waiting.splice(next, 1)[0]?.begin()
  }

  return (organizationId, host) => {
    const { promise, resolve: found, reject } = Promise.withResolvers<readonly LookupAddress[]>()
    const begin = () => void run(organizationId, host).then(found, reject)
    const item = { organizationId, begin }
    if (hasRoom(organizationId)) begin()
    else if (waiting.filter((other) => other.organizationId === organizationId).length < limits.waiting) {
      waiting.push(item)
    } else reject(tooMany())
    const timer = setTimeout(() => {
      const place = waiting.indexOf(item)
      if (place >= 0) waiting.splice(place, 1)
      reject(Object.assign(new Error('the look-up took too long'), { code: 'ETIMEOUT' }))
    }, limits.totalMs)
    // Nobody may have to wait for it once the process is asked to end.
    timer.unref()
    return promise.finally(() => clearTimeout(timer))
  }
}

function tooMany(): DenialError {
  return new DenialError(
    denial('QUOTA_EXCEEDED', 'parallel-lookups', 'too many host names are being looked up at once'),
  )
}
