import type { Documents, Stored, Where } from '../runtime/storage/port.ts'

const AT_ONCE = 1_000
/** A hundred thousand: more than arrives between two rounds, and still no round without an end. */
const MOST_ROUNDS = 100

/** Deletes all that matches, in commits of a bounded size; answers how many. What is beyond the bound waits for the next call. */
export async function deleteAll<T extends Stored>(documents: Documents<T>, where: Where): Promise<number> {
  let deleted = 0
  for (let round = 0; round < MOST_ROUNDS; round++) {
    const some = await documents.deleteWhere(where, AT_ONCE)
    deleted += some
    if (some < AT_ONCE) break
  }
  return deleted
}
