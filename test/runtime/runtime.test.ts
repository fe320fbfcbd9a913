import { randomBytes } from 'node:crypto'
import t, { type Test } from 'tap'
import { systemClock } from '../../runtime/clock.ts'
import type { InstalledConnector } from '../../runtime/connectors/installed-connectors.ts'
import { createIds } from '../../runtime/ids.ts'
import type { ActiveInstallation } from '../../runtime/installation-source.ts'
import { createLog } from '../../runtime/log.ts'
import { createRuntime, type Runtime, runtimeCollections } from '../../runtime/runtime.ts'
import { createSecretBox } from '../../runtime/secrets/secret-box.ts'
import { openTestStore } from './storage/open-test-store.ts'
import { sitesIn } from './sync/erp.ts'
import { admin, CONNECTOR, ORG, SITES, validator } from './sync/open-sync.ts'

const DIGEST = 'a'.repeat(64)

/** What a packed connector looks like: one classic script. */
const SOURCE = `var annexExtension = { default: {
  kind: 'connector',
  async check(ctx) { return [{ name: 'config', ok: ctx.config.site === 'paris' }] },
  streams: { sites: {
    async *read(ctx, { checkpoint, upperBound }) {
      for (let page = checkpoint ? checkpoint.page : 0; page < 3; page++) {
        ctx.log.info('page ' + page)
        const records = []
        for (let n = 0; n < 100; n++) records.push({ id: page + '-' + n, nom: n === 7 ? 7 : 'Site ' + n, etat: 'En cours' })
        yield { records, checkpoint: { page: page + 1, upperBound } }
      }
    },
  } },
} }`

const installation: ActiveInstallation = {
  id: CONNECTOR,
  organizationId: ORG,
  extension: '@acme/erp',
  kind: 'connector',
  version: '1.0.0',
  digest: DIGEST,
  epoch: 1,
  grants: [{ scope: 'write:chantiers' }],
  egress: [],
  injections: [],
  config: {},
}

const connector: InstalledConnector = {
  installationId: CONNECTOR,
  extension: '@acme/erp',
  version: '1.0.0',
  displayName: 'Acme',
  integrationType: 'ERP',
  configSchema: { type: 'object', properties: { site: { type: 'string' } } },
  streams: { sites: SITES },
  actions: {},
}

async function openRuntime(t: Pick<Test, 'teardown'>): Promise<Runtime> {
  const store = await openTestStore(t, runtimeCollections)
  const ids = createIds(() => systemClock.now())
  const mine = (organizationId: string): boolean => organizationId === ORG
  return createRuntime({
    store,
    ids,
    clock: systemClock,
    log: createLog('silent'),
    nodeId: 'n1',
    config: { egress: { overrides: {}, allowPrivateRanges: [] }, requireIsolation: 'available' },
    secretBox: createSecretBox({ keys: [{ id: 'k1', key: randomBytes(32) }] }),
    checker: {
      ...validator,
      trace: async () => ({ ok: false, code: 'CHECK_QUEUE', message: 'No maps are read here' }),
    },
    installations: {
      active: async (org, id) => (mine(org) && id === CONNECTOR ? installation : undefined),
      list: async (org) => (mine(org) ? [installation] : []),
    },
    actors: { current: async (actor) => actor },
    packages: { load: async (digest) => ({ digest, source: SOURCE, manifest: {}, describe: {} }) },
    installed: {
      list: async () => [connector],
      get: async (_, id) => (id === CONNECTOR ? connector : undefined),
    },
  })
}

t.test('an integration is tested and synced through the real sandbox', async (t) => {
  const runtime = await openRuntime(t)
  t.teardown(() => runtime.stop())
  runtime.start()

  const { transformations: _, ...sites } = sitesIn.streams.sites ?? {}
  const { credentials: __, ...rest } = sitesIn
  const request = { ...rest, streams: { sites } } as typeof sitesIn
  t.match(await runtime.integrations.create(admin, request), { ok: true })
  t.match(await runtime.integrations.test(admin, 'erp'), { value: { ok: true, steps: [{ name: 'config' }] } })
  const started = await runtime.integrations.sync(admin, 'erp')
  t.match(started, {
    value: {
      finished: true,
      result: { state: 'PARTIAL', streams: [{ counters: { read: 300, created: 297, quarantined: 3, pages: 3 } }] },
    },
  })
  const logs = await runtime.integrations.logs(admin, 'erp')
  const said = logs.ok ? logs.value.data.filter(({ source }) => source === 'extension') : []
  t.same(said.map(({ message }) => message).sort(), ['page 0', 'page 1', 'page 2'])
})

t.test('a part that fails to end keeps no other from ending', async (t) => {
  const runtime = await openRuntime(t)
  runtime.start()
  const stopJobs = runtime.jobs.stop
  runtime.jobs.stop = async () => {
    await stopJobs()
    throw new Error('jobs')
  }
  const closeEgress = runtime.egress.close
  runtime.egress.close = async () => {
    await closeEgress()
    throw new Error('egress')
  }
  const error: unknown = await runtime.stop().catch((thrown: unknown) => thrown)
  t.ok(error instanceof AggregateError)
  t.match(error, { errors: [{ message: 'jobs' }, { message: 'egress' }] })
  const entry = { organizationId: ORG, actor: 'user:usr_1', action: 'test', outcome: 'allowed' as const }
  t.throws(() => runtime.audit.note(entry), /closed/, 'the last in the row was closed')
})
