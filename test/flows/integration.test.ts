import t from 'tap'
import { createCostructorServer } from '../../extensions-examples/costructor-erp/server/costructor-server.ts'
import { buildApp } from '../marketplace/gateway/build-app.ts'
import { install, publishExamples } from '../marketplace/gateway/marketplace-fixtures.ts'

interface Counted {
  result: { state: string; streams: { counters: Record<string, number> }[] }
}

/** What an admin does after the install, over HTTP alone: connect, test, sync, look at what came and what did not. */
t.test('an admin connects the ERP and syncs its sites (S-195…S-202, S-219…S-224)', async (t) => {
  const erp = await createCostructorServer({ sites: 60, brokenEvery: 20 })
  t.teardown(() => erp.close())
  const override = { address: '127.0.0.1', port: erp.port, scheme: 'http' } as const
  const egress = { overrides: { 'api.costructor.example': override }, allowPrivateRanges: [] }
  const app = await buildApp(t, { egress })
  await publishExamples(app, ['costructor-erp'])
  const ada = await app.person('ada')
  const connectorId = await install(ada, '@examples/costructor-erp')

  t.match((await ada.call('GET', '/api/connectors')).body, { data: [{ id: connectorId, integrationType: 'ERP' }] })
  const connector = await ada.call('GET', `/api/connectors/${connectorId}`)
  t.match(connector.body, { streams: { sites: { read: true, schema: Object } }, credentialsSchema: Object })

  const fields = { reference: 'reference', name: 'name', city: 'city', postalCode: 'postalCode' }
  const fieldMappings = Object.entries(fields).map(([sourceField, targetField]) => ({ sourceField, targetField }))
  const status = { sourceField: 'status', targetField: 'status', defaultValue: 'ACTIVE', transformation: STATUS }
  const sites = { direction: 'INBOUND', resource: 'chantiers', fieldMappings: [...fieldMappings, status] }
  const draft = { name: 'ERP', slug: 'erp', connectorId, credentials: { apiKey: 'not-the-key' }, streams: { sites } }

  const bad = await ada.call('POST', '/api/integrations', { ...draft, streams: {} })
  t.match(bad.body, { status: 400, code: 'INVALID_ARGUMENT' })
  const made = await ada.call('POST', '/api/integrations', draft)
  t.equal(made.status, 201, JSON.stringify(made.body))
  t.equal(made.headers.get('location'), `/api/integrations/${made.text('id')}`)
  t.match(made.body, { slug: 'erp', hasCredentials: true, streams: { sites: { resource: 'chantiers' } } })
  t.notMatch(JSON.stringify(made.body), /not-the-key/)

  const wrong = await ada.call('POST', '/api/integrations/erp/test')
  t.match(wrong.body, { ok: false, steps: [Object], testedAt: String })
  const mended = await ada.call('PATCH', '/api/integrations/erp', { credentials: { apiKey: erp.apiKey } })
  t.equal(mended.status, 200)
  t.match((await ada.call('POST', '/api/integrations/erp/test')).body, { ok: true })

  const synced = await ada.call('POST', '/api/integrations/erp/sync')
  t.ok(synced.status === 200 || synced.status === 202, JSON.stringify(synced.body))
  const jobId = synced.text('jobId')
  await t.test('the sync ends, behind if it takes longer', async (t) => {
    for (let tries = 0; tries < 300; tries++) {
      const job = await ada.call('GET', `/api/jobs/${jobId}`)
      if ((job.body as { state: string }).state !== 'READY' && (job.body as { state: string }).state !== 'LEASED') break
      await new Promise((resolve) => setTimeout(resolve, 50))
    }
    t.match((await ada.call('GET', `/api/jobs/${jobId}`)).body, { state: 'DONE', result: Object })
  })

  const state = await ada.call('GET', '/api/integrations/erp/status')
  const { lastResult } = state.body as { lastResult: Counted['result'] }
  const counters = lastResult.streams[0]?.counters ?? {}
  t.equal(lastResult.state, 'PARTIAL')
  t.equal(counters.read, 60)
  const stored = (await ada.call('GET', '/api/v1/chantiers?limit=200')).body as { data: unknown[] }
  t.equal(stored.data.length, counters.created)
  const quarantine = (await ada.call('GET', '/api/integrations/erp/quarantine')).body as { data: object[] }
  t.equal(quarantine.data.length, counters.quarantined)
  t.equal((counters.created ?? 0) + (counters.quarantined ?? 0), 60, 'nothing is lost')
  t.match(quarantine.data[0], {
    stream: 'sites',
    externalId: String,
    raw: Object,
    code: String,
    message: String,
    state: 'OPEN',
  })
  t.match((await ada.call('GET', '/api/integrations/erp/logs')).body, { data: [{ level: String, message: String }] })
  t.match((await ada.call('GET', '/api/integrations')).body, { data: [{ slug: 'erp' }] })

  const key = await app.key(ada, ['chantiers:*'])
  const again = await app.call('POST', '/api/integrations/erp/sync', { headers: { 'x-api-key': key } })
  t.ok(again.status === 200 || again.status === 202, 'a key with the scopes of its streams may sync (S-195, S-196)')
  const reader = await app.key(ada, ['read:chantiers'])
  const refused = await app.call('POST', '/api/integrations/erp/sync', { headers: { 'x-api-key': reader } })
  t.equal(refused.status, 403)

  const removed = await ada.call('DELETE', `/api/marketplace/installations/${connectorId}`)
  t.ok([200, 202, 204].includes(removed.status), JSON.stringify(removed.body))
  t.match((await ada.call('GET', '/api/integrations/erp')).body, { status: 'DISABLED' }, 'its connector is gone')
  t.equal((await ada.call('POST', '/api/integrations/erp/sync')).status >= 400, true)
})

/** The words of the ERP; the one of a faulty row stays outside. */
const STATUS = [
  { name: 'lowercase' },
  {
    name: 'map',
    table: {
      'en cours': 'ACTIVE',
      planifié: 'PLANNED',
      'à venir': 'PLANNED',
      suspendu: 'PAUSED',
      'en pause': 'PAUSED',
      terminé: 'CLOSED',
      clos: 'CLOSED',
    },
  },
]
