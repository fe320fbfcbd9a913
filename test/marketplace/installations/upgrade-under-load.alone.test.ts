import t from 'tap'
import type { InvocationOutcome } from '../../../runtime/invocations/invocation.ts'
import { openSandbox } from '../../runtime/sandbox/start-guest.ts'
import { caller, extensionOf, type InstallationRig, openInstallations, sheetOf } from '../rig/open-installations.ts'
import { got, openChecker } from '../rig/open-marketplace.ts'

const NAME = '@acme/site-import'
const ADMIN = caller('org_a')
const WRITE = { scope: 'write:chantiers', reason: 'Creates the sites' }
const READ = { scope: 'read:timesheets', reason: 'Exports hours' }
const CALLERS = 4
/** Runs that must have ended, of the version that serves, before the next change. */
const EACH = 8

/** Tells its version, over several calls, the last of which needs what only some versions ask for. */
function release(version: string, { reads = false, broken = false } = {}): Uint8Array {
  const call = reads ? 'await ctx.platform.timesheets.list()' : `await ctx.kv.get('a')`
  const tick = `schedules: { tick: async (ctx) => {
    await ctx.kv.get('a'); await new Promise((r) => setTimeout(r, 30)); await ctx.kv.get('b'); ${call}; return '${version}' } }`
  const upgrade = 'async onUpgrade() { await new Promise((r) => setTimeout(r, 100)) }'
  const check = 'async check() { for (;;) {} }'
  return extensionOf(version, {
    members: [tick, upgrade, ...(broken ? [check] : [])].join(', '),
    handlers: ['onUpgrade'],
    annex: { permissions: { required: reads ? [WRITE, READ] : [WRITE] } },
  })
}

/** Calls without a pause, as many at once as there are callers, until it is told to stop. */
function load(rig: InstallationRig, installationId: string) {
  const outcomes: InvocationOutcome[] = []
  let stopped = false
  const request = { organizationId: 'org_a', installationId, args: [], reason: 'schedule' } as const
  const callers = Array.from({ length: CALLERS }, async () => {
    while (!stopped) outcomes.push(await rig.invocations.invoke({ ...request, handler: ['schedules', 'tick'] }))
  })
  return {
    outcomes,
    /** Until so many more runs of a version have ended. */
    async served(version: string): Promise<void> {
      const seen = () => outcomes.filter((outcome) => outcome.ok && outcome.value === version).length
      const before = seen()
      while (seen() < before + EACH) await new Promise((resolve) => setTimeout(resolve, 5))
    },
    async stop() {
      stopped = true
      await Promise.all(callers)
    },
  }
}

t.test('no call fails while versions come and go', async (t) => {
  const rig = await openInstallations(t, { checker: await openChecker(t), sandbox: await openSandbox(t) })
  await rig.publish(release('1.0.0', { reads: true }))
  const { grant } = sheetOf(await rig.installations.install(ADMIN, NAME, {}))
  const { id } = got(await rig.installations.install(ADMIN, NAME, { grant })).installation
  await rig.publish(release('1.1.0'))
  await rig.publish(release('1.2.0', { broken: true }))
  const calls = load(rig, id)
  t.teardown(() => calls.stop())

  await calls.served('1.0.0')
  got(await rig.installations.upgrade(ADMIN, id, { version: '1.1.0' }))
  await calls.served('1.1.0')
  const failed = await rig.installations.upgrade(ADMIN, id, { version: '1.2.0' })
  t.match(failed, { error: { code: 'EXTENSION_LOAD_FAILED', details: { step: 'health_check' } } })
  await calls.served('1.1.0')
  got(await rig.installations.rollback(ADMIN, id, {}))
  await calls.served('1.0.0')
  await calls.stop()

  const bad = calls.outcomes.flatMap((outcome) => (outcome.ok ? [] : [outcome.failure]))
  t.same(bad, [], `${calls.outcomes.length} calls`)
  const versions = new Set(calls.outcomes.map((outcome) => (outcome.ok ? outcome.value : undefined)))
  t.same([...versions].sort(), ['1.0.0', '1.1.0'])
})
