import { join } from 'node:path'
import t from 'tap'
import { createRetention } from '../../../marketplace/retention.ts'
import type { Recording } from '../../../runtime/recordings/recording.ts'
import { recordings } from '../../../runtime/recordings/recordings-collections.ts'
import { replayRecording } from '../../../runtime/recordings/replay.ts'
import { buildOrThrow } from '../../../sdk/cli/build-package.ts'
import { buildApp } from './build-app.ts'
import { install, publishExamples } from './marketplace-fixtures.ts'

const HELLO = join(import.meta.dirname, '../../../extensions-examples/hello')
const DAY_MS = 24 * 3_600_000

t.test('the recording of a failed run', async (t) => {
  const app = await buildApp(t)
  const { invocations, audit, sandbox } = app.services.runtime
  const owner = await app.person('owner')
  const { organizationId } = owner
  await publishExamples(app, ['hello'])
  const id = await install(owner, '@examples/hello')
  const greet = { organizationId, installationId: id, handler: ['actions', 'greet', 'run'], reason: 'test' as const }
  const failed = await invocations.invoke({ ...greet, args: [null] })
  const pathOf = (run: string, installation = id) =>
    `/api/marketplace/installations/${installation}/invocations/${run}/recording`

  t.test('is given to an owner, and runs again', async (t) => {
    t.equal(failed.ok, false)
    const answer = await owner.call('GET', pathOf(failed.runId))
    t.equal(answer.status, 200)
    const recording = answer.body as unknown as Recording
    t.match(recording, { format: 'annex-recording-1', runId: failed.runId, installationId: id, outcome: 'failed' })
    const { source } = await buildOrThrow(HELLO, sandbox)
    const code = { organizationId: 'org_author', digest: recording.digest, source: async () => source }
    const replay = await replayRecording(sandbox, recording, code)
    t.match(replay, { equal: true, identical: true })
    const looks = await audit.list(organizationId, { action: 'recording.read' })
    t.match(looks.data, [{ outcome: 'allowed', details: { runId: failed.runId } }])
  })

  t.test('is not there for runs that succeeded, unless it was asked for', async (t) => {
    const went = await invocations.invoke({ ...greet, args: [{ name: 'Ann' }] })
    t.equal((await owner.call('GET', pathOf(went.runId))).status, 404)
    const asked = await invocations.invoke({ ...greet, args: [{ name: 'Ann' }], record: true })
    t.match((await owner.call('GET', pathOf(asked.runId))).body, { outcome: 'succeeded' })
  })

  t.test('is given to no member, no stranger and no key', async (t) => {
    const invited = await owner.call('POST', `/api/organizations/${organizationId}/invitations`, {
      email: 'member@member.example',
      role: 'member',
    })
    const member = await app.person('member', { invitation: invited.text('token') })
    const as = { 'x-organization': organizationId }
    t.equal((await member.call('GET', pathOf(failed.runId), undefined, as)).status, 403)
    const stranger = await app.person('stranger')
    t.equal((await stranger.call('GET', pathOf(failed.runId))).status, 404)
    t.equal((await stranger.call('GET', pathOf(failed.runId), undefined, as)).status, 404)
    const key = await app.key(owner, ['read:chantiers'])
    const headers = { authorization: `Bearer ${key}` }
    t.not((await app.call('GET', pathOf(failed.runId), { headers })).status, 200)
    const refusals = await audit.list(organizationId, { action: 'recording.read' })
    t.match(refusals.data[0], { outcome: 'refused', rule: 'role' })
  })

  t.test('is not given for another installation', async (t) => {
    const other = await install(await app.person('second'), '@examples/hello')
    t.equal((await owner.call('GET', pathOf(failed.runId, other))).status, 404)
    t.equal((await owner.call('GET', pathOf('run_none'))).status, 404)
  })

  t.test('is sealed in the store, and gone after seven days', async (t) => {
    const documents = app.services.store.forOrganization(organizationId)(recordings)
    const stored = await documents.get(failed.runId)
    t.match(stored, { installationId: id, sealed: { data: String } })
    t.notMatch(JSON.stringify(stored), /greet/)
    app.clock.ahead += 7 * DAY_MS + 1
    const sweep = createRetention(app.services)
    await sweep.sweep()
    t.equal(await documents.get(failed.runId), undefined)
  })
})

t.test('recordings go with their installation', async (t) => {
  const app = await buildApp(t)
  const owner = await app.person('owner')
  const { organizationId } = owner
  await publishExamples(app, ['hello'])
  const id = await install(owner, '@examples/hello')
  const handler = ['actions', 'nothing', 'run']
  const target = { organizationId, installationId: id, handler, args: [], reason: 'test' as const }
  const { runId } = await app.services.runtime.invocations.invoke(target)
  const documents = app.services.store.forOrganization(organizationId)(recordings)
  t.ok(await documents.get(runId), 'control')
  await owner.call('DELETE', `/api/marketplace/installations/${id}`)
  for (let tries = 0; tries < 200 && (await documents.get(runId)); tries++)
    await new Promise((go) => setTimeout(go, 25))
  t.equal(await documents.get(runId), undefined)
})
