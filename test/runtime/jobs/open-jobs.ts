import type { Test } from 'tap'
import type { Clock } from '../../../runtime/clock.ts'
import { createIds } from '../../../runtime/ids.ts'
import { jobsCollections } from '../../../runtime/jobs/job.ts'
import { createJobs, type Jobs, type JobsDeps } from '../../../runtime/jobs/jobs.ts'
import { createLog } from '../../../runtime/log.ts'
import type { Store } from '../../../runtime/storage/port.ts'
import { openTestStore } from '../storage/open-test-store.ts'

export type TestClock = Clock & { pass(milliseconds: number): void }

/** A clock that stands until it is told to pass. */
export function createTestClock(start = '2026-11-21T08:00:00.000Z'): TestClock {
  let now = Date.parse(start)
  return {
    now: () => now,
    iso: () => new Date(now).toISOString(),
    pass(milliseconds) {
      now += milliseconds
    },
  }
}

export interface TestJobs {
  store: Store
  clock: TestClock
  /** Another node on the same store. Stopped when the test ends. */
  node(nodeId: string, options?: Partial<JobsDeps>): Jobs
}

export async function openJobs(t: Pick<Test, 'teardown'>): Promise<TestJobs> {
  const clock = createTestClock()
  const store = await openTestStore(t, jobsCollections)
  const ids = createIds(() => clock.now())
  const nodes: Jobs[] = []
  t.teardown(async () => {
    for (const jobs of nodes) await jobs.stop()
  })
  return {
    store,
    clock,
    node(nodeId, options = {}) {
      const defaults = {
        store,
        clock,
        ids,
        log: createLog('silent'),
        nodeId,
        random: () => 0.5,
        drainMs: 50,
        pollMs: 20,
      }
      const jobs = createJobs({ ...defaults, ...options })
      nodes.push(jobs)
      return jobs
    },
  }
}
