import t from 'tap'
import { deliveries } from '../../../runtime/events/delivery.ts'
import { schedules } from '../../../runtime/schedules/schedule.ts'
import { integrations } from '../../../runtime/sync/integration.ts'
import { webhooks } from '../../../runtime/webhooks/webhook.ts'
import { changedPackage } from '../../sdk/package/good-package.ts'
import { bringInDocument } from './bring-in-document.ts'
import { buildApp, type Person, type TestApp } from './build-app.ts'
import { install, publishExamples, submit } from './marketplace-fixtures.ts'

/** What there is to be tried for. */
interface Ground {
  app: TestApp
  owner: Person
  reviewer: Person
  /** Installations of the owner's. */
  connector: string
  spare: string
  submission: string
  review: string
}

/** How a route that takes an id is tried by somebody whose organization the thing does not belong to. */
interface Trial {
  /** The real path of a thing that `as` may meet. */
  path(ground: Ground): string | Promise<string>
  /** A body that the route would take. */
  body?: unknown
  /** Who may meet it; the owner if absent. */
  as?: 'reviewer'
}

const PUBLISHED = 'what is published is for everybody; what is not, for those who may see it: see listings'
const OF_PUBLISHERS = "a publisher's, which belongs to no organization: see listings, version-life and channels"
const OWN = 'names what is published; what it reads and writes is of the organization that asks'
const MODERATED = 'operators and moderators only'

/** Routes whose ids name nothing of a tenant's, each with the reason. */
const NOBODYS: Readonly<Record<string, string>> = {
  'PUT /api/marketplace/reviews/automatic/{publisher}/{name}': 'extensions belong to no organization; moderators only',
  'PUT /api/admin/users/{id}/roles': 'accounts belong to no organization; operators only',
  'GET /api/marketplace/catalog/{publisher}/{name}': 'what is published is for everybody',
  'GET /api/marketplace/catalog/{publisher}/{name}/versions': 'what is published is for everybody',
  'POST /api/marketplace/install/{publisher}/{name}': 'what is published is for everybody',
  'POST /api/webhooks/in/{source}': 'whoever has the address and signs with the secret',
  'GET /api/marketplace/publishers/{slug}': 'who publishes is known to everybody',
  'GET /api/marketplace/catalog/{publisher}/{name}/versions/{version}': PUBLISHED,
  'GET /api/marketplace/catalog/{publisher}/{name}/versions/{version}/changelog': PUBLISHED,
  'GET /api/marketplace/catalog/{publisher}/{name}/versions/{version}/files/{*}': PUBLISHED,
  'GET /api/marketplace/catalog/{publisher}/{name}/versions/{version}/package': PUBLISHED,
  'GET /api/marketplace/catalog/{publisher}/{name}/versions/{version}/readme': PUBLISHED,
  'GET /api/marketplace/extensions/{publisher}/{name}/ratings': PUBLISHED,
  'DELETE /api/marketplace/extensions/{publisher}/{name}/channels/{channel}': OF_PUBLISHERS,
  'PUT /api/marketplace/extensions/{publisher}/{name}/channels/{channel}': OF_PUBLISHERS,
  'GET /api/marketplace/extensions/{publisher}/{name}/analytics': OF_PUBLISHERS,
  'PUT /api/marketplace/extensions/{publisher}/{name}/visibility': OF_PUBLISHERS,
  'PUT /api/marketplace/extensions/{publisher}/{name}/ratings/{id}/reply': OF_PUBLISHERS,
  'DELETE /api/marketplace/extensions/{publisher}/{name}/ratings/{id}/reply': OF_PUBLISHERS,
  'POST /api/marketplace/extensions/{publisher}/{name}/versions/{version}/deprecate': OF_PUBLISHERS,
  'POST /api/marketplace/extensions/{publisher}/{name}/versions/{version}/undeprecate': OF_PUBLISHERS,
  'POST /api/marketplace/extensions/{publisher}/{name}/versions/{version}/yank': OF_PUBLISHERS,
  'POST /api/marketplace/extensions/{publisher}/{name}/versions/{version}/unyank': OF_PUBLISHERS,
  'POST /api/marketplace/extensions/{publisher}/{name}/versions/{version}/remove': OF_PUBLISHERS,
  'GET /api/marketplace/extensions/{publisher}/{name}/entitlement': OWN,
  'POST /api/marketplace/extensions/{publisher}/{name}/entitlement': OWN,
  'PUT /api/marketplace/extensions/{publisher}/{name}/ratings': OWN,
  'DELETE /api/marketplace/extensions/{publisher}/{name}/ratings': OWN,
  'POST /api/marketplace/extensions/{publisher}/{name}/reports': OWN,
  'GET /api/marketplace/extensions/{publisher}/{name}/reports': MODERATED,
  'POST /api/marketplace/extensions/{publisher}/{name}/reports/{id}/resolve': MODERATED,
  'POST /api/marketplace/extensions/{publisher}/{name}/suspend': MODERATED,
  'POST /api/marketplace/extensions/{publisher}/{name}/unsuspend': MODERATED,
  'POST /api/marketplace/publishers/{slug}/suspend': MODERATED,
  'POST /api/marketplace/publishers/{slug}/unsuspend': MODERATED,
  'POST /api/admin/kill-list/{seq}/lift': MODERATED,
  'POST /api/admin/signing-keys/{id}/revoke': MODERATED,
  'PUT /api/admin/rule-data/{kind}': MODERATED,
}

const site = { reference: 'S-1', name: 'Tower', status: 'ACTIVE' }
const bill = { number: 'F-1', status: 'DRAFT', client: 'Ida', amount: '10', currency: 'EUR' }
const hours = { workerId: 'w', day: '2026-01-05', minutes: 60, status: 'DRAFT' }

const chantier: Trial['path'] = async ({ owner }) =>
  `/api/v1/chantiers/${(await owner.call('POST', '/api/v1/chantiers', site)).text('id')}`
const timesheet: Trial['path'] = async ({ owner }) =>
  `/api/v1/timesheets/${(await owner.call('POST', '/api/v1/timesheets', hours)).text('id')}`
const invoice: Trial['path'] = async ({ owner }) =>
  `/api/v1/invoices/${(await owner.call('POST', '/api/v1/invoices', bill)).text('id')}`
const document: Trial['path'] = async ({ app, owner }) =>
  `/api/v1/documents/${await bringInDocument(app, owner, 'Plan')}`
const schedule: Trial['path'] = async ({ app: { services }, owner: { organizationId }, connector: installationId }) => {
  const [_id, name] = [services.ids('sch'), services.ids('nightly')]
  const row = { installationId, extension: '@examples/x', name, cron: '0 3 * * *', timezone: 'UTC', paused: false }
  await services.store
    .forOrganization(organizationId)(schedules)
    .insert({ _id, ...row })
  return `/api/schedules/${_id}`
}
const delivery: Trial['path'] = async ({ app: { services }, owner: { organizationId }, connector: installationId }) => {
  const at = services.clock.iso()
  const row = { installationId, extension: '@examples/x', eventId: 'evt_1', type: 'x', occurredAt: at, createdAt: at }
  const draft = { _id: services.ids('dlv'), ...row, sequence: 1, depth: 0, attempts: 5, state: 'DEAD' as const }
  return `/api/events/deliveries/${(await services.store.forOrganization(organizationId)(deliveries).insert(draft))._id}`
}
const webhook: Trial['path'] = async ({ app: { services }, owner: { organizationId }, connector: installationId }) => {
  const at = services.clock.iso()
  const row = { installationId, webhookId: 'w', receivedAt: at, headers: '{}', body: '', jobId: 'job_1', purgeAt: at }
  const draft = { _id: services.ids('whk'), ...row, state: 'DEAD' as const }
  return `/api/webhooks/${(await services.store.forOrganization(organizationId)(webhooks).insert(draft))._id}`
}
const home: Trial['path'] = ({ owner }) => `/api/organizations/${owner.organizationId}`
const apiKey: Trial['path'] = async ({ owner }) => {
  const made = await owner.call('POST', '/api/auth/api-keys', { name: 'k', scopes: ['read'] })
  return `/api/auth/api-keys/${made.text('id')}`
}
const job: Trial['path'] = async ({ app: { services }, owner: { organizationId } }) => {
  const draft = { organizationId, type: 'nobody-runs-this', payload: {} }
  return `/api/jobs/${(await services.runtime.jobs.enqueue(services.store, draft))._id}`
}
const integration: Trial['path'] = async ({ app: { services }, owner: { organizationId, userId } }) => {
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
  async (ground) =>
    `${await place(ground)}${rest}`
const ownMembership: Trial['path'] = ({ owner }) => `/api/organizations/${owner.organizationId}/members/${owner.userId}`
const installRequest: Trial['path'] = async ({ owner }) => {
  const made = await owner.call('POST', '/api/marketplace/install-requests', {
    extension: '@examples/hello',
    message: '',
  })
  return `/api/marketplace/install-requests/${made.text('id')}`
}
const installation: Trial['path'] = ({ connector }) => `/api/marketplace/installations/${connector}`
const recording: Trial['path'] = async ({ app, owner: { organizationId }, connector: installationId }) => {
  const check = { organizationId, installationId, handler: ['check'], args: [], reason: 'check' as const, record: true }
  const { runId } = await app.services.runtime.invocations.invoke(check)
  return `/api/marketplace/installations/${installationId}/invocations/${runId}/recording`
}
const draft: Trial['path'] = async ({ owner }) => {
  const headers = { 'content-type': 'application/gzip' }
  const sent = await owner.call('POST', '/api/marketplace/drafts', changedPackage({}), headers)
  return `/api/marketplace/drafts/${sent.text('id')}`
}
const review: Trial['path'] = ({ review }) => `/api/marketplace/reviews/${review}`
const submission: Trial['path'] = ({ submission }) => `/api/marketplace/submissions/${submission}`
const publisherMembers: Trial['path'] = () => '/api/marketplace/publishers/acme/members'
const publisherInvitations: Trial['path'] = () => '/api/marketplace/publishers/acme/invitations'
const publisherInvitation: Trial['path'] = async ({ owner }) => {
  const made = await owner.call('POST', '/api/marketplace/publishers/acme/invitations', invitation)
  return `/api/marketplace/publishers/acme/invitations/${made.text('id')}`
}
const publisherWebhook: Trial['path'] = () => '/api/marketplace/publishers/acme/webhook'
const hookWish = { url: 'https://hooks.acme.example/annex', events: ['review.message'] }
const notification: Trial['path'] = async ({ app, owner }) => {
  await app.services.notifications.drain()
  const { body } = await owner.call('GET', '/api/notifications')
  const [first] = (body as { data: { id: string }[] }).data
  return `/api/notifications/${encodeURIComponent(first?.id ?? 'none')}/read`
}
const verification: Trial['path'] = () => '/api/marketplace/publishers/acme/verification'
const invitation = { email: 'bystander@bystander.example', role: 'owner' }
const publisherMember: Trial['path'] = ({ owner }) => `/api/marketplace/publishers/acme/members/${owner.userId}`
const grant = { manifestDigest: 'x', scopes: [], hosts: [] }

const TRIALS: Readonly<Record<string, Trial>> = {
  'GET /api/v1/chantiers/{id}': { path: chantier },
  'PATCH /api/v1/chantiers/{id}': { path: chantier, body: { name: 'Mine' } },
  'DELETE /api/v1/chantiers/{id}': { path: chantier },
  'GET /api/v1/timesheets/{id}': { path: timesheet },
  'PATCH /api/v1/timesheets/{id}': { path: timesheet, body: { minutes: 1 } },
  'DELETE /api/v1/timesheets/{id}': { path: timesheet },
  'GET /api/v1/invoices/{id}': { path: invoice },
  'PATCH /api/v1/invoices/{id}': { path: invoice, body: { amount: '11' } },
  'DELETE /api/v1/invoices/{id}': { path: invoice },
  'GET /api/v1/documents/{id}': { path: document },
  'GET /api/v1/documents/{id}/content': { path: below(document, '/content') },
  'PATCH /api/v1/documents/{id}': { path: document, body: { name: 'Mine' } },
  'DELETE /api/v1/documents/{id}': { path: document },
  'POST /api/schedules/{id}/run': { path: below(schedule, '/run') },
  'POST /api/schedules/{id}/pause': { path: below(schedule, '/pause') },
  'POST /api/schedules/{id}/resume': { path: below(schedule, '/resume') },
  'POST /api/events/deliveries/{id}/retry': { path: below(delivery, '/retry') },
  'POST /api/webhooks/{id}/retry': { path: below(webhook, '/retry') },
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
  'POST /api/integrations/{id}/actions/{action}': { path: below(integration, '/actions/greet'), body: {} },
  'GET /api/integrations/{id}/status': { path: below(integration, '/status') },
  'GET /api/integrations/{id}/logs': { path: below(integration, '/logs') },
  'GET /api/integrations/{id}/quarantine': { path: below(integration, '/quarantine') },
  'GET /api/connectors/{id}': { path: ({ connector }) => `/api/connectors/${connector}` },
  'GET /api/marketplace/installations/{id}': { path: installation },
  'PATCH /api/marketplace/installations/{id}': { path: installation, body: { config: {} } },
  'PUT /api/marketplace/installations/{id}/grant': { path: below(installation, '/grant'), body: grant },
  'POST /api/marketplace/installations/{id}/disable': { path: below(installation, '/disable') },
  'POST /api/marketplace/installations/{id}/enable': { path: below(installation, '/enable') },
  'GET /api/marketplace/installations/{id}/explain': { path: below(installation, '/explain?scope=read:chantiers') },
  'POST /api/marketplace/installations/{id}/upgrade': { path: below(installation, '/upgrade'), body: {} },
  'POST /api/marketplace/installations/{id}/rollback': { path: below(installation, '/rollback'), body: {} },
  'PUT /api/marketplace/installations/{id}/policy': { path: below(installation, '/policy'), body: { policy: null } },
  'POST /api/marketplace/install-requests/{id}/approve': { path: below(installRequest, '/approve'), body: {} },
  'POST /api/marketplace/install-requests/{id}/decline': {
    path: below(installRequest, '/decline'),
    body: { reason: 'no' },
  },
  'GET /api/organizations/{id}/policy': { path: below(home, '/policy') },
  'PUT /api/organizations/{id}/policy': {
    path: below(home, '/policy'),
    body: { auto: 'none', minAgeHours: 0, channel: 'latest', excludes: [] },
  },
  'GET /api/marketplace/installations/{id}/invocations': { path: below(installation, '/invocations') },
  'GET /api/marketplace/installations/{id}/invocations/{run}/recording': { path: recording },
  'GET /api/marketplace/installations/{id}/logs': { path: below(installation, '/logs') },
  'GET /api/marketplace/installations/{id}/usage': { path: below(installation, '/usage') },
  'GET /api/marketplace/installations/{id}/secrets': { path: below(installation, '/secrets') },
  'PUT /api/marketplace/installations/{id}/secrets': { path: below(installation, '/secrets'), body: { secrets: {} } },
  'GET /api/marketplace/installations/{id}/webhooks': { path: below(installation, '/webhooks') },
  'DELETE /api/marketplace/installations/{id}': { path: ({ spare }) => `/api/marketplace/installations/${spare}` },
  'GET /api/marketplace/drafts/{id}': { path: draft },
  'POST /api/marketplace/drafts/{id}/install': { path: below(draft, '/install'), body: {} },
  'PUT /api/marketplace/publishers/{slug}/webhook': { path: publisherWebhook, body: hookWish },
  'GET /api/marketplace/publishers/{slug}/webhook': { path: publisherWebhook },
  'GET /api/marketplace/publishers/{slug}/webhook/deliveries': { path: below(publisherWebhook, '/deliveries') },
  'DELETE /api/marketplace/publishers/{slug}/webhook': { path: publisherWebhook },
  'POST /api/notifications/{id}/read': { path: notification },
  'GET /api/marketplace/publishers/{slug}/members': { path: publisherMembers },
  'PUT /api/marketplace/publishers/{slug}/members/{userId}': { path: publisherMember, body: { role: 'owner' } },
  'DELETE /api/marketplace/publishers/{slug}/members/{userId}': { path: publisherMember },
  'POST /api/marketplace/publishers/{slug}/invitations': { path: publisherInvitations, body: invitation },
  'GET /api/marketplace/publishers/{slug}/invitations': { path: publisherInvitations },
  'DELETE /api/marketplace/publishers/{slug}/invitations/{id}': { path: publisherInvitation },
  // Without anything begun it is answered by a conflict, and no domain is looked at.
  'POST /api/marketplace/publishers/{slug}/verification/check': { path: below(verification, '/check') },
  'POST /api/marketplace/publishers/{slug}/verification': {
    path: verification,
    body: { domain: 'acme.com', method: 'dns' },
  },
  'GET /api/marketplace/publishers/{slug}/verification': { path: verification },
  'DELETE /api/marketplace/publishers/{slug}/verification': { path: verification },
  'GET /api/marketplace/submissions/{id}': { path: submission },
  'GET /api/marketplace/submissions/{id}/report': { path: below(submission, '/report') },
  'POST /api/marketplace/submissions/{id}/retry': { path: below(submission, '/retry') },
  'GET /api/marketplace/reviews/{id}': { path: review, as: 'reviewer' },
  'GET /api/marketplace/reviews/{id}/package': { path: below(review, '/package'), as: 'reviewer' },
  'GET /api/marketplace/reviews/{id}/messages': { path: below(review, '/messages'), as: 'reviewer' },
  'POST /api/marketplace/reviews/{id}/messages': {
    path: below(review, '/messages'),
    body: { text: 'Hello' },
    as: 'reviewer',
  },
  'POST /api/marketplace/reviews/{id}/messages/read': { path: below(review, '/messages/read'), as: 'reviewer' },
  // A first version has nothing to be compared with: a conflict, for whoever may see it.
  'GET /api/marketplace/reviews/{id}/difference': { path: below(review, '/difference'), as: 'reviewer' },
  'GET /api/marketplace/reviews/{id}/behaviour': { path: below(review, '/behaviour'), as: 'reviewer' },
  'POST /api/marketplace/reviews/{id}/claim': { path: below(review, '/claim'), as: 'reviewer' },
  'POST /api/marketplace/reviews/{id}/release': { path: below(review, '/release'), as: 'reviewer' },
  'POST /api/marketplace/reviews/{id}/verdict': {
    path: below(review, '/verdict'),
    body: { verdict: 'approve', digest: 'x' },
    as: 'reviewer',
  },
  'POST /api/marketplace/submissions/{id}/withdraw': { path: below(submission, '/withdraw') },
}

t.test('a second organization meets 404 on every route that takes an id (S-003, S-030)', async (t) => {
  const app = await buildApp(t)
  const reviewer = await app.operator()
  const owner = await app.person('owner')
  const stranger = await app.person('stranger')
  await app.person('bystander')
  const keyOfStranger = await app.key(stranger, ['read', 'write'])
  await publishExamples(app, ['costructor-erp', 'hello'])
  const connector = await install(owner, '@examples/costructor-erp')
  const spare = await install(owner, '@examples/hello')
  const ground: Ground = { app, owner, reviewer, connector, spare, ...(await submit(owner)) }
  const described = (await app.call('GET', '/openapi.json')).body as { paths: Record<string, Record<string, unknown>> }
  const withId = Object.entries(described.paths).flatMap(([path, methods]) =>
    path.includes('{') ? Object.keys(methods).map((method) => `${method.toUpperCase()} ${path}`) : [],
  )

  t.test('every such route has its trial or its reason', async (t) => {
    t.same([...Object.keys(TRIALS), ...Object.keys(NOBODYS)].sort(), withId.sort())
  })

  // In the order of the table: what ends a thing stands behind what looks at it.
  for (const [name, trial] of Object.entries(TRIALS)) {
    t.test(name, async (t) => {
      const [method = ''] = name.split(' ')
      const path = await trial.path(ground)
      const told = await stranger.call(method, path, trial.body)
      t.equal(told.status, 404)
      t.match(told.headers.get('content-type'), /^application\/problem\+json/)
      const aimed = await stranger.call(method, path, trial.body, { 'x-organization': owner.organizationId })
      t.equal(aimed.status, 404, 'nor by naming the other organization')
      const headers = { 'x-api-key': keyOfStranger }
      const byKey = await app.call(method, path, { headers, ...(trial.body ? { body: trial.body } : {}) })
      t.ok([403, 404].includes(byKey.status), `nor with a key: ${byKey.status}`)
      const allowed = trial.as === 'reviewer' ? reviewer : owner
      t.not((await allowed.call(method, path, trial.body)).status, 404, 'whose it is meets it')
    })
  }
})
