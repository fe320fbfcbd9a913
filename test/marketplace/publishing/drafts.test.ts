import t from 'tap'
import { createExpiredDrafts } from '../../../marketplace/installations/expired-drafts.ts'
import type { InstallationsDeps } from '../../../marketplace/installations/installation-deps.ts'
import { createDrafts, DRAFT_LIMITS } from '../../../marketplace/publishing/drafts.ts'
import { drafts } from '../../../marketplace/publishing/drafts-collection.ts'
import type { Store } from '../../../runtime/storage/port.ts'
import { user } from '../../runtime/platform/open-platform.ts'
import { openMarketplace, packageOf } from '../rig/open-marketplace.ts'

t.test('an upload of the bytes of a draft that ends at that moment', async (t) => {
  const rig = await openMarketplace(t)
  const { store, clock, checker } = rig
  const bytes = packageOf('1.0.0')
  const me = user()
  const open = (between: () => Promise<void>) =>
    createDrafts({
      ...rig,
      check: (each, options) => checker.check(each, options),
      packageBytes: 10_000_000,
      // Asked between the bytes and the document.
      installedDraft: async () => void (await between()),
    })
  const upload = async (between = async () => {}) => {
    const uploaded = await open(between).upload(me, bytes)
    if (!uploaded.ok) throw new Error(uploaded.error.message)
    const draft = await store.forOrganization('org_a')(drafts).get(uploaded.value.draft.id)
    if (!draft) throw new Error('it is not there')
    return draft
  }
  const sweep = (seen: Store) =>
    // Nothing of it is installed, so no more is used.
    createExpiredDrafts({ ...rig, store: seen } as unknown as InstallationsDeps).sweep()
  const whole = async ({ digest, reportId }: { digest: string; reportId: string }) =>
    Boolean((await store.blobs.get(digest)) && (await store.blobs.get(reportId)))

  await upload()
  clock.move(DRAFT_LIMITS.keepMs + 1)
  const second = await upload(() => sweep(store))
  t.ok(await whole(second), 'swept before the document was there')

  clock.move(DRAFT_LIMITS.keepMs + 1)
  let third = second
  const late: Store = {
    ...store,
    blobs: {
      ...store.blobs,
      async delete(id) {
        if (third === second) third = await upload()
        return store.blobs.delete(id)
      },
    },
  }
  await sweep(late)
  t.not(third._id, second._id)
  t.ok(await whole(third), 'swept after it was looked for')
  clock.move(DRAFT_LIMITS.keepMs + 1)
  await sweep(store)
  t.equal(await store.blobs.get(third.digest), undefined, 'and goes in its time')
})
