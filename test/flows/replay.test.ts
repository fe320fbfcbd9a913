import { join } from 'node:path'
import t from 'tap'
import { createCostructorServer } from '../../extensions-examples/costructor-erp/server/costructor-server.ts'
import type { Recording } from '../../runtime/recordings/recording.ts'
import { replayRecording } from '../../runtime/recordings/replay.ts'
import { buildOrThrow } from '../../sdk/cli/build-package.ts'
import { buildApp } from '../marketplace/gateway/build-app.ts'
import { install, publishExamples } from '../marketplace/gateway/marketplace-fixtures.ts'

const FOLDER = join(import.meta.dirname, '../../extensions-examples/costructor-erp')

/** What an admin and the author do together: the admin records a run, the author runs it again on a laptop. */
t.test('runs of a connector are recorded on demand and run again', async (t) => {
  const erp = await createCostructorServer({ sites: 60, brokenEvery: 20 })
  t.teardown(() => erp.close())
  const override = { address: '127.0.0.1', port: erp.port, scheme: 'http' } as const
  const app = await buildApp(t, {
    egress: { overrides: { 'api.costructor.example': override }, allowPrivateRanges: [] },
  })
  await publishExamples(app, ['costructor-erp'])
  const ada = await app.person('ada')
  const connectorId = await install(ada, '@examples/costructor-erp')
  const fieldMappings = ['reference', 'name'].map((field) => ({ sourceField: field, targetField: field }))
  const sites = { direction: 'INBOUND', resource: 'chantiers', fieldMappings }
  const made = await ada.call('POST', '/api/integrations', {
    ...{ name: 'ERP', slug: 'erp', connectorId },
    ...{ credentials: { apiKey: erp.apiKey }, streams: { sites } },
  })
  t.equal(made.status, 201, JSON.stringify(made.body))
  const path = `/api/marketplace/installations/${connectorId}/invocations`

  t.match((await ada.call('POST', '/api/integrations/erp/test')).body, { ok: true })
  const [first] = ((await ada.call('GET', path)).body as { data: { id: string }[] }).data
  t.equal((await ada.call('GET', `${path}/${first?.id}/recording`)).status, 404, 'control: a run that went well')

  t.match((await ada.call('POST', '/api/integrations/erp/test?record=true')).body, { ok: true })
  const synced = await ada.call('POST', '/api/integrations/erp/sync', { record: true })
  for (let tries = 0; tries < 300; tries++) {
    const { state } = (await ada.call('GET', `/api/jobs/${synced.text('jobId')}`)).body as { state: string }
    if (state === 'DONE') break
    await new Promise((resolve) => setTimeout(resolve, 50))
  }
  const runs = ((await ada.call('GET', path)).body as { data: { id: string; handler: string }[] }).data
  const { sandbox } = app.services.runtime
  const { source } = await buildOrThrow(FOLDER, sandbox)
  const replayed: string[] = []
  for (const { id, handler } of runs) {
    const answer = await ada.call('GET', `${path}/${id}/recording`)
    if (answer.status === 404) continue
    const recording = answer.body as unknown as Recording
    t.notOk(JSON.stringify(recording).includes(erp.apiKey), 'no secret')
    const code = { organizationId: 'org_author', digest: recording.digest, source: async () => source }
    const replay = await replayRecording(sandbox, recording, code)
    t.match(replay, { equal: true, identical: true }, handler)
    t.ok(
      recording.slices.some(({ answers = [] }) => answers.length > 0),
      'it asked for something',
    )
    replayed.push(handler)
  }
  t.same(replayed.toSorted(), ['check', 'streams.sites.read'])
})
