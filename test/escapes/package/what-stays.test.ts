import { randomBytes } from 'node:crypto'
import t from 'tap'
import { createDeadPackages } from '../../../marketplace/publishing/dead-packages.ts'
import { nameClaims, submissions, versions } from '../../../marketplace/publishing/publishing-collections.ts'
import { jobs } from '../../../runtime/jobs/job.ts'
import { readOutbox } from '../../../runtime/storage/outbox-read.ts'
import { openChecker, openMarketplace, packageOf } from '../../marketplace/rig/open-marketplace.ts'
import type { Files } from '../../sdk/package/good-package.ts'
import { entry, tgz } from '../../sdk/package/tar-builder.ts'

const MONTH_MS = 31 * 24 * 3_600_000
const SECRET = `ghp_${randomBytes(18).toString('hex')}`
const held = { 'src/held.ts': `// ${SECRET}\n` }

const HOSTILE: [title: string, bytes: Uint8Array][] = [
  ['one with a secret in it', packageOf('1.0.0', { files: held })],
  ['one that does not parse', packageOf('1.0.0', { files: { ...held, 'dist/extension.js': `(${SECRET}` } })],
  [
    'one whose manifest is none',
    packageOf('1.0.0', { files: { ...held, 'package.json': `{"name":"${SECRET}` } as Files }),
  ],
  ['one that leaves its folder', tgz(entry({ path: 'package/../../etc/cron.d/x', data: SECRET }))],
  ['one that is no archive', Buffer.from(`no archive ${SECRET}`)],
]

t.test('what stays of a package that was refused', async (t) => {
  const checker = await openChecker(t)
  for (const [title, bytes] of HOSTILE) {
    await t.test(title, async (t) => {
      const rig = await openMarketplace(t, { checker })
      const { store, clock, audit } = rig
      await rig.openPublisher()
      const failed = await rig.upload(bytes)
      t.match(failed, { reviewStatus: 'validation_failed' })
      const system = store.asSystem('the test looks at what is left')
      const { digest = '' } = (await system(submissions).get(failed.id)) ?? {}
      t.ok(await store.blobs.get(digest), 'control: its bytes were taken in, and its author may ask why')
      t.same((await system(versions).find({})).data, [], 'no version')
      t.match(
        (await system(nameClaims).find({})).data,
        [{ name: 'acme' }],
        "no claim to a name but the publisher's own",
      )
      t.equal((await system(nameClaims).find({})).data.length, 1)
      t.match(await rig.catalog.search({}), { ok: true, value: { data: [] } }, 'nothing to install')
      await audit.flush()
      const said = [
        failed,
        (await system(submissions).find({})).data,
        (await system(jobs).find({})).data,
        (await audit.list('system', { limit: 100 })).data,
        await readOutbox(store, 'system', 0, 100),
        failed.report,
      ]
      t.notOk(JSON.stringify(said).includes(SECRET), 'what was secret in it is told nowhere')
      clock.move(MONTH_MS)
      await createDeadPackages({ store, clock }).sweep()
      t.equal(await store.blobs.get(digest), undefined, 'and its bytes go')
      t.match(await rig.upload(packageOf('1.0.0')), { reviewStatus: 'in_review' }, 'the number was not used up')
    })
  }
})
