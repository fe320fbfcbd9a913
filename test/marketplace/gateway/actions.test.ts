import t from 'tap'
import { buildApp } from './build-app.ts'
import { install, publishExamples } from './marketplace-fixtures.ts'

t.test('actions of a connector', async (t) => {
  const app = await buildApp(t)
  await publishExamples(app, ['hello'])
  const ada = await app.person('ada')
  const bob = await app.person('bob')
  const connectorId = await install(ada, '@examples/hello')
  const made = await ada.call('POST', '/api/integrations', { name: 'Hello', slug: 'hello', connectorId, streams: {} })
  t.equal(made.status, 201, JSON.stringify(made.body))
  const call = (action: string, params?: unknown) =>
    ada.call('POST', `/api/integrations/hello/actions/${action}`, params)

  t.test('are shown with the schemas of their params', async (t) => {
    const shown = await ada.call('GET', `/api/connectors/${connectorId}`)
    t.match(shown.body, { actions: { greet: { required: ['name'] } } })
  })

  t.test('run, and leave a run and an audit row', async (t) => {
    const answer = await call('greet', { name: 'Ada' })
    t.match(answer, { status: 200, body: { ok: true, result: { text: 'Hello, Ada!' } } })
    const runs = await ada.call('GET', `/api/marketplace/installations/${connectorId}/invocations?reason=action`)
    t.match(runs.body, { data: [{ id: answer.text('runId'), handler: 'actions.greet.run', outcome: 'succeeded' }] })
    const audit = await ada.call('GET', '/api/audit?limit=200')
    t.match(JSON.stringify(audit.body), /integration\.action/)
  })

  t.test('are refused params that do not fit, and names that are none', async (t) => {
    t.match(await call('greet', { name: '' }), { status: 400, body: { code: 'INVALID_ARGUMENT' } })
    t.match(await call('greet'), { status: 400, body: { code: 'INVALID_ARGUMENT' } })
    for (const name of ['nothing', 'constructor', '__proto__', 'toString'])
      t.match(await call(name, {}), { status: 404, body: { code: 'NOT_FOUND' } }, name)
  })

  t.test('are for owners and admins of the organization, and for no key that may sync nothing', async (t) => {
    const path = `/api/integrations/${made.text('id')}/actions/greet`
    t.equal((await bob.call('POST', path, { name: 'Bob' })).status, 404)
    const key = await app.key(ada, ['read', 'write'])
    const byKey = await app.call('POST', path, { headers: { 'x-api-key': key }, body: { name: 'Key' } })
    t.match(byKey, { status: 403, body: { code: 'PERMISSION_DENIED' } })
  })

  t.test('record their run when that is asked for', async (t) => {
    const answer = await ada.call('POST', '/api/integrations/hello/actions/greet?record=true', { name: 'Ada' })
    const place = `/api/marketplace/installations/${connectorId}/invocations/${answer.text('runId')}/recording`
    t.match(await ada.call('GET', place), { status: 200 })
  })
})
