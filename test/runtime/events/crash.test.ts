import t from 'tap'
import { schedules } from '../../../runtime/schedules/schedule.ts'
import { site, user } from '../platform/open-platform.ts'
import { createCrashingStore, ProcessDied } from '../sync/crashing-store.ts'
import { LEASE_MS, openReactions, type Reactions } from './open-reactions.ts'

const SUBSCRIBES = { events: { subscribes: ['chantiers.created', 'chantiers.updated'] } }
const HOURLY = { schedules: [{ name: 'hourly', cron: '0 * * * *' }] }

/** What was told, each once however often it was, in the order of the first time. */
const told = ({ asked }: Reactions) => [
  ...new Set(
    asked.map(({ handler, args }) => {
      const { resource } = (args[0] ?? {}) as { resource?: { rev: number } }
      return [...handler, ...(resource ? [resource.rev] : [])].join(' ')
    }),
  ),
]

/** Every fourth operation is a place to die, another fourth for each moment: all of them take too long for every day. */
const STEP = 4

for (const [first, moment] of (['before', 'inside', 'after'] as const).entries()) {
  t.test(
    `a process that dies ${moment} any of its commits loses no event, and no due schedule in silence`,
    async (t) => {
      let fuse = first + 1
      for (let died = true; died; fuse += STEP) {
        const it = await openReactions(t)
        await it.install('ins_1', { ...SUBSCRIBES, ...HOURLY }, [{ scope: 'read:chantiers' }])
        await it.settle()
        const made = await it.platform.create(user(), 'chantiers', site())
        if (!made.ok) throw new Error(made.error.message)
        await it.platform.update(user(), 'chantiers', made.value.id, { name: 'two' })
        it.clock.move(3_600_000)
        died = await dies(it.open(createCrashingStore(it.store, fuse, moment)))
        // Whoever comes after waits until the lease of the dead one has run out.
        it.clock.move(LEASE_MS + 1)
        await it.settle()
        const events = told(it).filter((one) => one.startsWith('on'))
        t.same(events, ['on chantiers.created 1', 'on chantiers.updated 2'], `fuse ${fuse}`)
        // Run at most once: one that went down with its process is not run again, and shows that it failed.
        const [hourly] = (await it.store.forOrganization('org_a')(schedules).find({})).data
        const ran = told(it).includes('schedules hourly')
        t.match(hourly?.lastRun, ran ? { startedAt: String } : { outcome: 'failed' }, `fuse ${fuse}`)
        const open = await it.events.deliveries('org_a', { state: 'PENDING' })
        t.match(open, { ok: true, value: { data: [] } })
        if (fuse > 300) throw new Error('it never lived to the end')
      }
      t.ok(fuse > 10, `${fuse} places to die`)
    },
  )
}

/** Whether it died before everything was done. */
async function dies(process: ReturnType<Reactions['open']>): Promise<boolean> {
  try {
    await process.settle()
    return false
  } catch (error) {
    if (!(error instanceof ProcessDied)) throw error
    return true
  }
}
