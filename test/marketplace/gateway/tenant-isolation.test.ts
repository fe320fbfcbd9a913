import t from 'tap'
import { integrations } from '../../../runtime/sync/integration.ts'
import { buildApp, type Person, type TestApp } from './build-app.ts'

/** How a route that takes an id is tried by somebody whose organization the thing does not belong to. */
interface Trial {
  /** The real path of a thing of `owner`'s. */
  path(app: TestApp, owner: Person): Promise<string>
  /** A body that the route would take. */
  body?: unknown
}

/** Routes whose ids name nothing of a tenant's, each with the reason. */
const NOBODYS: Readonly<Record<string, string>> = {
  'PUT /api/admin/users/{id}/roles': 'accounts belong to no organization; operators only',
}

const site = { reference: 'S-1', name: 'Tower', status: 'ACTIVE' }
const hours = { workerId: 'w', day: '2026-01-05', minutes: 60, status: 'DRAFT' }

const chantier: Trial['path'] = async (_app, owner) =>
  `/api/v1/chantiers/${(await owner.call('POST', '/api/v1/chantiers', site)).text('id')}`
const timesheet: Trial['path'] = async (_app, owner) =>
  `/api/v1/timesheets/${(await owner.call('POST', '/api/v1/timesheets', hours)).text('id')}`
const home: Trial['path'] = async (_app, owner) => `/api/organizations/${owner.organizationId}`
const apiKey: Trial['path'] = async (_app, owner) => {
  const made = await owner.call('POST', '/api/auth/api-keys', { name: 'k', scopes: ['read'] })
  return `/api/auth/api-keys/${made.text('id')}`
}
const job: Trial['path'] = async ({ services }, { organizationId }) => {
  const draft = { organizationId, type: 'nobody-runs-this', payload: {} }
  return `/api/jobs/${(await services.runtime.jobs.enqueue(services.store, draft))._id}`
}
const integration: Trial['path'] = async ({ services }, { organizationId, userId }) => {
  const at = services.clock.iso()
  const made = await services.store
    .forOrganization(organizationId)(integrations)
    .insert({
      ...{ _id: services.ids('int'), slug: services.ids('s').replace('_', '-'), name: 'ERP', type: 'ERP' },
      ...{ connectorId: 'ins_gone', config: '{}', streams: '{}', syncSettings: { frequency: 'ON_DEMAND' } },
      ...{
        status: 'ACTIVE',
        healthStatus: 'UNKNOWN',
        tags: [],
        createdBy: `user:${userId}`,
        createdAt: at,
        updatedAt: at,
      },
    })
  return `/api/integrations/${made._id}`
}
const below =
  (place: Trial['path'], rest: string): Trial['path'] =>
  async (app, owner) =>
    `${await place(app, owner)}${rest}`
const ownMembership: Trial['path'] = async (app, owner) => `${await home(app, owner)}/members/${owner.userId}`

const TRIALS: Readonly<Record<string, Trial>> = {
  'GET /api/v1/chantiers/{id}': { path: chantier },
  'PATCH /api/v1/chantiers/{id}': { path: chantier, body: { name: 'Mine' } },
  'DELETE /api/v1/chantiers/{id}': { path: chantier },
  'GET /api/v1/timesheets/{id}': { path: timesheet },
  'PATCH /api/v1/timesheets/{id}': { path: timesheet, body: { minutes: 1 } },
  'DELETE /api/v1/timesheets/{id}': { path: timesheet },
  'GET /api/organizations/{id}': { path: home },
  'GET /api/organizations/{id}/members': { path: below(home, '/members') },
  'PATCH /api/organizations/{id}/members/{userId}': { path: ownMembership, body: { role: 'owner' } },
  'DELETE /api/organizations/{id}/members/{userId}': { path: ownMembership },
  'POST /api/organizations/{id}/invitations': {
    path: below(home, '/invitations'),
    body: { email: 'x@x.example', role: 'owner' },
  },
  'DELETE /api/auth/api-keys/{id}': { path: apiKey },
  'GET /api/jobs/{id}': { path: job },
  'GET /api/integrations/{id}': { path: integration },
  'PATCH /api/integrations/{id}': { path: integration, body: { name: 'Mine' } },
  'POST /api/integrations/{id}/test': { path: below(integration, '/test') },
  'POST /api/integrations/{id}/sync': { path: below(integration, '/sync') },
  'GET /api/integrations/{id}/status': { path: below(integration, '/status') },
  'GET /api/integrations/{id}/logs': { path: below(integration, '/logs') },
  'GET /api/integrations/{id}/quarantine': { path: below(integration, '/quarantine') },
}

t.test('a second organization meets 404 on every route that takes an id (S-003, S-030)', async (t) => {
  const app = await buildApp(t)
  const owner = await app.person('owner')
  const stranger = await app.person('stranger')
  const keyOfStranger = await app.key(stranger, ['read', 'write'])
  const described = (await app.call('GET', '/openapi.json')).body as { paths: Record<string, Record<string, unknown>> }
  const withId = Object.entries(described.paths).flatMap(([path, methods]) =>
    path.includes('{') ? Object.keys(methods).map((method) => `${method.toUpperCase()} ${path}`) : [],
  )

  t.test('every such route has its trial or its reason', async (t) => {
    t.same([...Object.keys(TRIALS), ...Object.keys(NOBODYS)].sort(), withId.sort())
  })

  for (const name of withId) {
    const trial = TRIALS[name]
    if (!trial) continue
    t.test(name, async (t) => {
      const [method = ''] = name.split(' ')
      const path = await trial.path(app, owner)
      const told = await stranger.call(method, path, trial.body)
      t.equal(told.status, 404)
      t.match(told.body, { code: 'NOT_FOUND' })
      const aimed = await stranger.call(method, path, trial.body, { 'x-organization': owner.organizationId })
      t.equal(aimed.status, 404, 'nor by naming the other organization')
      const headers = { 'x-api-key': keyOfStranger }
      const byKey = await app.call(method, path, { headers, ...(trial.body ? { body: trial.body } : {}) })
      t.ok([403, 404].includes(byKey.status), `nor with a key: ${byKey.status}`)
      t.not((await owner.call(method, path, trial.body)).status, 404, 'the owner meets it')
    })
  }
})
