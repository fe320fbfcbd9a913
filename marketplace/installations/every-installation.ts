import type { Store } from '../../runtime/storage/port.ts'
import { type InstallationDocument, type InstallationState, installations } from './installation-collections.ts'

const AT_ONCE = 100

/** The installations of every organization that are in these states, a few at a time; `reason` says why all are read. */
export async function* everyInstallation(
  store: Store,
  reason: string,
  states: readonly InstallationState[],
): AsyncIterable<InstallationDocument> {
  for (const state of states) {
    let cursor: string | undefined
    do {
      const query = { where: { state }, sort: [['extension', 'asc']] as const, limit: AT_ONCE }
      const page = await store
        .asSystem(reason)(installations)
        .find({ ...query, ...(cursor && { cursor }) })
      yield* page.data
      cursor = page.nextCursor
    } while (cursor !== undefined)
  }
}
