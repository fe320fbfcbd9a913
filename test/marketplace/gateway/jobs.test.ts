import t from 'tap'
import { jobs } from '../../../runtime/jobs/job.ts'
import { integrations } from '../../../runtime/sync/integration.ts'
import { syncRuns } from '../../../runtime/sync/run.ts'
import { SYNC_JOB } from '../../../runtime/sync/sync-run.ts'
import { buildApp } from './build-app.ts'

t.test('what came of a job is for who may see what it works on', async (t) => {
  const app = await buildApp(t)
  const { store, clock, ids } = app.services
  const owner = await app.person('owner')
  const { organizationId } = owner
  const invited = await owner.call('POST', `/api/organizations/${organizationId}/invitations`, {
    email: 'member@member.example',
    role: 'member',
  })
  const member = await app.person('member', { invitation: invited.text('token') })
  const tenant = store.forOrganization(organizationId)
  const at = clock.iso()
  const bindings = { s: { resource: 'chantiers', direction: 'INBOUND', mapping: [] } }
  const integration = await tenant(integrations).insert({
    ...{ _id: ids('int'), slug: 'erp', name: 'ERP', type: 'ERP', connectorId: 'ins_gone', config: '{}' },
    ...{ streams: JSON.stringify(bindings), syncSettings: { frequency: 'ON_DEMAND' }, status: 'ACTIVE' },
    ...{ healthStatus: 'UNKNOWN', tags: [], createdBy: 'user:x', createdAt: at, updatedAt: at },
  })
  const finished = async (type: string) => {
    const runId = ids('run')
    const job = await app.services.runtime.jobs.enqueue(store, {
      organizationId,
      type: 'nobody-runs-this',
      payload: { runId },
    })
    await tenant(syncRuns).insert({
      ...{ _id: runId, integrationId: integration._id, jobId: job._id, state: 'SUCCEEDED', full: false },
      ...{ streams: [], errors: [], startedBy: 'user:x', createdAt: at },
    })
    const lastError = { code: 'TIMEOUT', message: 'record 4711 of Tower', at }
    await tenant(jobs).patch(job._id, {
      set: { type, state: 'DONE', result: { of: 'Tower' }, lastError },
      unset: ['dueAt'],
    })
    return `/api/jobs/${job._id}`
  }
  const sync = await finished(SYNC_JOB)
  const other = await finished('installations.install')
  const reading = { 'x-api-key': await app.key(owner, ['read:chantiers']) }
  const elsewhere = { 'x-api-key': await app.key(owner, ['read:timesheets', 'write:timesheets']) }
  const whole = { state: 'DONE', result: { of: 'Tower' }, lastError: { message: /4711/ } }

  for (const path of [sync, other]) t.match((await owner.call('GET', path)).body, whole)
  t.match((await member.call('GET', sync, undefined, { 'x-organization': organizationId })).body, whole)
  t.match((await app.call('GET', sync, { headers: reading })).body, whole)
  for (const answer of [
    await app.call('GET', sync, { headers: elsewhere }),
    await app.call('GET', other, { headers: reading }),
    await member.call('GET', other, undefined, { 'x-organization': organizationId }),
  ]) {
    t.match(answer.body, { state: 'DONE', attempts: 0, lastError: { code: 'TIMEOUT' } })
    t.notMatch(JSON.stringify(answer.body), /Tower/)
  }
})
