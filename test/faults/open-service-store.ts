import { accountsCollections } from '../../marketplace/accounts/accounts-collections.ts'
import { installationsCollections } from '../../marketplace/installations/installation-collections.ts'
import { publishingCollections } from '../../marketplace/publishing/publishing-collections.ts'
import { reviewCollections } from '../../marketplace/review/review-collections.ts'
import { trafficCollections } from '../../marketplace/traffic/traffic-collections.ts'
import { systemClock } from '../../runtime/clock.ts'
import { createIds } from '../../runtime/ids.ts'
import { runtimeCollections } from '../../runtime/runtime.ts'
import { openStore } from '../../runtime/storage/open-store.ts'
import type { Store } from '../../runtime/storage/port.ts'
import type { Service } from './start-service.ts'

const COLLECTIONS = [
  ...runtimeCollections,
  ...accountsCollections,
  ...trafficCollections,
  ...publishingCollections,
  ...reviewCollections,
  ...installationsCollections,
]

/** The store of a service that is stopped. */
export function openServiceStore({ store: { engine } }: Service): Promise<Store> {
  return openStore({ engine, collections: COLLECTIONS, clock: systemClock, ids: createIds(Date.now) })
}
