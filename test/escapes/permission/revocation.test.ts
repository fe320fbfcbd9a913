import type { ScopeGrant } from '@annex/sdk/scopes'
import t from 'tap'
import type { ActiveInstallation } from '../../../runtime/installation-source.ts'
import { openInvocations } from '../../runtime/invocations/open-invocations.ts'
import { site, user } from '../../runtime/platform/open-platform.ts'
import { type Idea, runIdeas } from '../egress/run-ideas.ts'

const READ: ScopeGrant[] = [{ scope: 'read:chantiers' }]
const READ_WRITE: ScopeGrant[] = [...READ, { scope: 'write:chantiers' }]

/** One for all: a sandbox takes a while to start. */
const rig = await openInvocations(t)
/** Whoever writes does so elsewhere, so that everybody else counts three records. */
const READERS = 'org_readers'
const WRITERS = 'org_writers'
for (const organizationId of [READERS, WRITERS])
  for (const reference of ['C-1', 'C-2', 'C-3'])
    await rig.platform.create(user(organizationId), 'chantiers', site({ reference }))

/** An admin's change while a guest stands between two pages: the installation as it then is. */
type Change = (installation: ActiveInstallation) => Partial<ActiveInstallation> | 'uninstalled'

interface Scene {
  /** Guest statements before the change; what they declare is in scope afterwards. */
  before: string
  /** An expression of what the guest then gets. */
  after: string
  change: Change
  grants?: readonly ScopeGrant[]
}

/** What the guest got after the change; a refusal as its code. */
async function play({ before, after, change, grants = READ }: Scene): Promise<unknown> {
  const members = `async *check(ctx) {
    ${before}
    yield 'ready'
    try { yield await (${after}) } catch (e) { yield e.code }
  }`
  const organizationId = grants.some(({ scope }) => scope.startsWith('write')) ? WRITERS : READERS
  const installation = rig.install(members, { grants, organizationId })
  const request = { organizationId, installationId: installation.id, args: [], reason: 'test' } as const
  const run = await rig.invocations.open({ ...request, handler: ['check'] })
  try {
    const ready = await run.next()
    if (!ready.ok) throw new Error(JSON.stringify(ready.failure))
    const changed = change(installation)
    if (changed === 'uninstalled') rig.uninstall(installation)
    else rig.install(members, { ...installation, epoch: 2, ...changed })
    const outcome = await run.next()
    return outcome.ok ? outcome.value : outcome.failure.code
  } finally {
    await run.close()
  }
}

const NOTHING: Change = () => ({})
const REVOKED: Change = () => ({ grants: [] })

/** What still works while the grant stands must not once it is gone. */
function revoked(title: string, scene: Omit<Scene, 'change'>, change: Change = REVOKED): Idea {
  return {
    title,
    async control() {
      const got = await play({ ...scene, change: NOTHING })
      return got === 'PERMISSION_DENIED' ? undefined : `while it is granted: ${JSON.stringify(got)}`
    },
    async attack(t) {
      t.equal(await play({ ...scene, change }), 'PERMISSION_DENIED')
    },
  }
}

const COUNT = 'ctx.platform.chantiers.list().then((page) => page.data.length)'

runIdeas('a grant that is taken away in mid-run', [
  revoked('does not live on in a function that was kept', {
    before: 'const { list } = ctx.platform.chantiers',
    after: 'list().then((page) => page.data.length)',
  }),
  revoked('does not live on in a cursor', {
    before: 'const { nextCursor } = await ctx.platform.chantiers.list({ limit: 1 })',
    after: 'ctx.platform.chantiers.list({ limit: 1, cursor: nextCursor }).then((page) => page.data.length)',
  }),
  revoked('does not live on in an id and a revision', {
    before: 'const [{ id, rev }] = (await ctx.platform.chantiers.list()).data',
    after: 'ctx.platform.chantiers.update(id, { name: "x" }, { ifRev: rev }).then((record) => record.name)',
    grants: READ_WRITE,
  }),
  revoked('does not live on in a timer that was set before', {
    before: 'const later = new Promise((resolve) => setTimeout(resolve, 5))',
    after: `later.then(() => ${COUNT})`,
  }),
  revoked('does not live on in calls that wait for their turn', {
    before: 'const many = () => Promise.all(Array.from({ length: 60 }, () => ctx.platform.chantiers.list()))',
    after: 'many().then((all) => all.length)',
  }),
  revoked('is gone for a record that the run made itself', {
    before: 'const { id } = await ctx.platform.chantiers.create({ reference: "own", name: "own", status: "ACTIVE" })',
    after: 'ctx.platform.chantiers.get(id).then((record) => record.name)',
    grants: READ_WRITE,
  }),
  revoked(
    'is gone with the whole installation',
    { before: 'await ctx.kv.set("k", 1)', after: 'ctx.kv.get("k").then((found) => found.value)' },
    () => 'uninstalled',
  ),
  revoked(
    'is gone though another installation of the extension has it',
    { before: `await ${COUNT}`, after: COUNT },
    ({ extension, organizationId }) => {
      rig.install('check: () => 1', { extension, organizationId, grants: READ })
      return { grants: [] }
    },
  ),
  revoked('is gone though its scope is granted for something else', { before: `await ${COUNT}`, after: COUNT }, () => ({
    grants: [{ scope: 'write:chantiers' }, { scope: 'read:timesheets' }],
  })),
  revoked('is gone in a new version that asks for it no more', { before: `await ${COUNT}`, after: COUNT }, () => ({
    digest: 'e'.repeat(64),
    grants: [],
  })),
])

runIdeas('a grant that is narrowed in mid-run', [
  {
    title: 'the rows that are left are all that is shown',
    async control() {
      const got = await play({ before: `await ${COUNT}`, after: COUNT, change: NOTHING })
      return got === 3 ? 'before it, all three are shown' : undefined
    },
    async attack(t) {
      const conditions = [{ field: 'reference', op: 'eq' as const, value: 'C-2' }]
      const change: Change = () => ({ grants: [{ scope: 'read:chantiers', conditions }] })
      t.equal(await play({ before: `await ${COUNT}`, after: COUNT, change }), 1)
    },
  },
  {
    title: 'a grant in a form that nobody knows is none',
    async control() {
      const got = await play({ before: '', after: COUNT, change: NOTHING })
      return got === 3 ? 'before it, all three are shown' : undefined
    },
    async attack(t) {
      const odd = [
        { scope: 'read:chantiers', rows: [] },
        { scope: 'read:chantiers', maxRows: 0 },
        { scope: 'read:chantiers', conditions: null },
        { scope: 'read:chantiers', narrowed: { conditions: [] } },
        { scope: 'read:chantiers', hours: 'always' },
      ]
      for (const grant of odd) {
        const change: Change = () => ({ grants: JSON.parse(JSON.stringify([grant])) as ScopeGrant[] })
        t.equal(await play({ before: '', after: COUNT, change }), 'PERMISSION_DENIED', JSON.stringify(grant))
      }
    },
  },
])

/** An upgrade while old code runs: `wide` is what an admin agreed to for the new code. */
function widened(
  title: string,
  { began, wide, after }: { began: ScopeGrant[]; wide: ScopeGrant[]; after: string },
): Idea {
  const scene = { before: 'await ctx.kv.get("k")', after, grants: began }
  const upgrade: Change = () => ({ digest: 'e'.repeat(64), version: '2.0.0', grants: wide })
  return {
    title,
    async control() {
      const [old, fresh] = [
        await play({ ...scene, change: NOTHING }),
        await play({ ...scene, grants: wide, change: NOTHING }),
      ]
      return JSON.stringify(old) === JSON.stringify(fresh)
        ? undefined
        : `code that began with it gets ${JSON.stringify(fresh)}`
    },
    async attack(t) {
      const before = await play({ ...scene, change: NOTHING })
      t.same(await play({ ...scene, change: upgrade }), before, 'the old code gets what it began with')
    },
  }
}

const ONE = [{ field: 'reference', op: 'eq' as const, value: 'C-1' }]
const FIELDS = 'ctx.platform.chantiers.list().then((page) => Object.keys(page.data[0]).sort().join())'

runIdeas('an upgrade that widens, seen by the old code', [
  widened('a scope more', { began: [], wide: READ, after: COUNT }),
  widened('a condition less', { began: [{ scope: 'read:chantiers', conditions: ONE }], wide: READ, after: COUNT }),
  widened('another value in a condition', {
    began: [{ scope: 'read:chantiers', conditions: ONE }],
    wide: [{ scope: 'read:chantiers', conditions: [{ field: 'reference', op: 'in', value: ['C-1', 'C-2'] }] }],
    after: COUNT,
  }),
  widened('a column more', {
    began: [{ scope: 'read:chantiers', columns: ['reference'] }],
    wide: [{ scope: 'read:chantiers', columns: ['reference', 'name'] }],
    after: FIELDS,
  }),
  widened('no columns named', {
    began: [{ scope: 'read:chantiers', columns: ['reference'] }],
    wide: READ,
    after: FIELDS,
  }),
  widened('more rows at a time', { began: [{ scope: 'read:chantiers', maxRows: 1 }], wide: READ, after: COUNT }),
  widened('a limit that moved into what narrows', {
    began: [{ scope: 'read:chantiers', narrowed: [{ conditions: ONE }] }],
    wide: READ,
    after: COUNT,
  }),
])

runIdeas('an optional scope of another installation', [
  {
    title: 'two installations of one extension in one process each have their own',
    async control() {
      const got = await play({ before: '', after: COUNT, change: NOTHING })
      return got === 3 ? 'whoever has it reads' : undefined
    },
    async attack(t) {
      const members = `check: async (ctx) => {
        const all = await Promise.all(Array.from({ length: 8 }, () => ${COUNT}.catch((e) => e.code)))
        return [...new Set(all)]
      }`
      const withIt = rig.install(members, { organizationId: READERS, grants: READ })
      const without = rig.install(members, { organizationId: READERS, digest: withIt.digest })
      const foreign = rig.install(members, { digest: withIt.digest, organizationId: 'org_empty', grants: READ })
      const call = async ({ organizationId, id }: ActiveInstallation) => {
        const request = { organizationId, installationId: id, handler: ['check'], args: [], reason: 'test' } as const
        const outcome = await rig.invocations.invoke(request)
        return outcome.ok ? outcome.value : outcome.failure.code
      }
      const order = Array.from({ length: 6 }, () => [withIt, without, foreign]).flat()
      const got = await Promise.all(order.map(call))
      t.same(got, Array.from({ length: 6 }, () => [[3], ['PERMISSION_DENIED'], [0]]).flat())
    },
  },
])
