import type { Test } from 'tap'
import { type Audit, createAudit } from '../../../runtime/audit/audit.ts'
import { auditCollections } from '../../../runtime/audit/audit-documents.ts'
import type { Clock } from '../../../runtime/clock.ts'
import { createIds, type Ids } from '../../../runtime/ids.ts'
import { createLog } from '../../../runtime/log.ts'
import type { StoreEngine } from '../../../runtime/storage/open-store.ts'
import type { Collection, Store, Stored } from '../../../runtime/storage/port.ts'
import { openTestStore } from '../storage/open-test-store.ts'
import { createManualClock, type ManualClock } from './manual-clock.ts'

export interface TestAudit {
  store: Store
  audit: Audit
  clock: ManualClock
  ids: Ids
}

/** Where a test works, if not on an empty store of its own. */
export interface TestPlace {
  /** A store that is there already, and stays. */
  engine?: StoreEngine
  clock?: ManualClock
  /** Put around the store. */
  watch?: (store: Store) => Store
}

/** A real audit trail on an empty store, which also has `more` collections; both close when `t` ends. */
export async function openTestAudit(
  t: Pick<Test, 'teardown'>,
  more: readonly Collection<Stored>[] = [],
  place: TestPlace = {},
): Promise<TestAudit> {
  const { clock = createManualClock(), engine, watch = (store) => store } = place
  const ids = createIds(() => clock.now())
  const opened = await openTestStore(t, [...auditCollections, ...more], { clock, ids, ...(engine && { engine }) })
  const store = watch(opened)
  const audit = auditOn({ store, clock, ids }, 'node-1')
  t.teardown(() => audit.close())
  return { store, audit, clock, ids }
}

/** The trail as another node would write it. */
export function auditOn(deps: { store: Store; clock: Clock; ids: Ids }, nodeId: string): Audit {
  return createAudit({ ...deps, nodeId, log: createLog('silent') })
}
