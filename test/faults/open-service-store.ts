import { serviceCollections } from '../../marketplace/services.ts'
import { systemClock } from '../../runtime/clock.ts'
import { createIds } from '../../runtime/ids.ts'
import { openStore } from '../../runtime/storage/open-store.ts'
import type { Store } from '../../runtime/storage/port.ts'
import type { Service } from './start-service.ts'

/** The store of a service that is stopped. */
export function openServiceStore({ store: { engine } }: Pick<Service, 'store'>): Promise<Store> {
  return openStore({ engine, collections: serviceCollections, clock: systemClock, ids: createIds(Date.now) })
}
