import t from 'tap'
import { createConnectors } from '../../../runtime/connectors/connectors.ts'
import type { InstalledConnector, InstalledConnectors } from '../../../runtime/connectors/installed-connectors.ts'
import { validator } from '../sync/open-sync.ts'

const base: InstalledConnector = {
  installationId: 'ins_b',
  extension: '@acme/erp',
  version: '1.0.0',
  displayName: 'Beta',
  integrationType: 'ERP',
  streams: { sites: { schema: {}, primaryKey: ['id'], cursorField: 'at', read: true, write: false } },
  actions: {},
}

const all: InstalledConnector[] = [
  base,
  { ...base, installationId: 'ins_a', displayName: 'Alpha', configSchema: { required: ['x'] }, streams: {} },
]

const installed: InstalledConnectors = {
  list: async (organizationId) => (organizationId === 'org_a' ? all : []),
  get: async (organizationId, id) =>
    organizationId === 'org_a' ? all.find(({ installationId }) => installationId === id) : undefined,
}

t.test('an organization has the connectors that it installed, by name', async (t) => {
  const connectors = createConnectors({ installed, validator })
  t.match(await connectors.list('org_a'), [
    { id: 'ins_a', capabilities: [] },
    { id: 'ins_b', capabilities: ['READ', 'INCREMENTAL'] },
  ])
  t.match(await connectors.get('org_a', 'ins_b'), { displayName: 'Beta' })
  t.equal(await connectors.get('org_b', 'ins_b'), undefined)
})

t.test('one connector is asked for alone', async (t) => {
  const list = () => Promise.reject(new Error('all are loaded to find one'))
  const connectors = createConnectors({ installed: { ...installed, list }, validator })
  t.match(await connectors.get('org_a', 'ins_a'), { id: 'ins_a', displayName: 'Alpha', capabilities: [] })
  t.equal(await connectors.get('org_a', 'ins_c'), undefined)
})

t.test('without a schema only nothing is valid', async (t) => {
  const connectors = createConnectors({ installed, validator })
  const [alpha, beta] = await connectors.list('org_a')
  if (!alpha || !beta) throw new Error('not installed')
  t.same(await connectors.validateConfig(beta, {}), { ok: true })
  t.match(await connectors.validateConfig(beta, { x: 1 }), { ok: false })
  t.match(await connectors.validateConfig(alpha, {}), { ok: false, errors: [{ path: '', message: /x/ }] })
  t.same(await connectors.validateConfig(alpha, { x: 1 }), { ok: true })
  t.match(await connectors.validateCredentials(beta, { key: 'x' }), { ok: false })
})

t.test('a check that fails for reasons of ours says nothing of the value', async (t) => {
  for (const code of ['CHECK_QUEUE', 'CHECK_CRASHED']) {
    const failing = { ...validator, validate: () => Promise.reject(Object.assign(new Error('busy'), { code })) }
    const connectors = createConnectors({ installed, validator: failing })
    const [alpha] = await connectors.list('org_a')
    if (!alpha) throw new Error('not installed')
    await t.rejects(connectors.validateConfig(alpha, {}), { code: 'UNAVAILABLE' })
    await t.rejects(connectors.validateCredentials(alpha, {}), { code: 'UNAVAILABLE' })
  }
})

t.test('a schema that cannot be applied accepts nothing', async (t) => {
  const failing = { ...validator, validate: () => Promise.reject(new Error('took too long')) }
  const connectors = createConnectors({ installed, validator: failing })
  const [alpha] = await connectors.list('org_a')
  if (!alpha) throw new Error('not installed')
  t.match(await connectors.validateConfig(alpha, {}), { ok: false, errors: [{ message: /took too long/ }] })
})
