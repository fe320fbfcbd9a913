import type { Clock } from '../../runtime/clock.ts'
import { isoPlus } from '../../runtime/clock.ts'
import type { Store } from '../../runtime/storage/port.ts'
import { drafts } from './drafts-collection.ts'
import { type SubmissionDocument, submissions, versions } from './publishing-collections.ts'
import type { SubmissionState } from './submission-state.ts'

/** Ends after which nobody asks for the bytes any more. */
const DEAD: readonly SubmissionState[] = ['validation_failed', 'validation_error', 'withdrawn']
const KEEP_MS = 30 * 24 * 3_600_000
const AT_ONCE = 100
const MOST_ROUNDS = 100
const REASON = 'packages belong to publishers, which belong to no organization'

/** Deletes the bytes of packages that failed their check or were withdrawn, 30 days after; the submission stays. */
export function createDeadPackages({ store, clock }: { store: Store; clock: Clock }): { sweep(): Promise<void> } {
  const system = store.asSystem(REASON)
  return {
    async sweep() {
      const before = { $lt: isoPlus(clock.iso(), -KEEP_MS) }
      const where = { state: { $in: DEAD }, bytesSince: before, updatedAt: before }
      for (let round = 0; round < MOST_ROUNDS; round++) {
        const { data } = await system(submissions).find({ where, limit: AT_ONCE })
        for (const submission of data) await letGo(store, submission)
        if (data.length < AT_ONCE) return
      }
    },
  }
}

/** The blob first: a process that dies in between tries again, and deleting twice is no harm. */
async function letGo(store: Store, { _id, digest }: SubmissionDocument): Promise<void> {
  const bytes = (await isWanted(store, digest, _id)) ? undefined : await store.blobs.get(digest)
  if (bytes) {
    await store.blobs.delete(digest)
    // The same bytes may have been uploaded again while they were looked for.
    if (await isWanted(store, digest, _id)) await store.blobs.put(bytes)
  }
  await store
    .asSystem(REASON)(submissions)
    .patch(_id, { unset: ['bytesSince'] })
}

/** Whether another submission, a version or a draft is of the same bytes. */
export async function isWanted(store: Store, digest: string, except: string): Promise<boolean> {
  const system = store.asSystem(REASON)
  const claims = { digest, _id: { $ne: except }, bytesSince: { $exists: true } }
  if ((await system(submissions).find({ where: claims, limit: 1 })).data.length > 0) return true
  const draft = await system(drafts).find({ where: { digest, _id: { $ne: except } }, limit: 1 })
  if (draft.data.length > 0) return true
  const live = { digest, state: { $ne: 'withdrawn' } }
  return (await system(versions).find({ where: live, limit: 1 })).data.length > 0
}
