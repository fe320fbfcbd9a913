import t from 'tap'
import { publishPackage } from '../../flows/publish-package.ts'
import { buildApp } from '../gateway/build-app.ts'
import { extensionOf } from '../rig/open-installations.ts'

const MARKET = '/api/marketplace'
const READ = { scope: 'read:timesheets', reason: 'Exports hours' }
const WRITE = { scope: 'write:chantiers', reason: 'Creates the sites' }

t.test('a request, an installation, an upgrade and a rollback over HTTP', async (t) => {
  const app = await buildApp(t)
  const operator = await app.operator()
  const release = await publishPackage(app, operator, extensionOf('1.0.0'))
  const [admin, other] = [await app.person('admin'), await app.person('other')]
  const wish = { extension: '@acme/site-import', message: 'For the new sites' }
  const asked = await admin.call('POST', `${MARKET}/install-requests`, wish)
  t.equal(asked.status, 201, JSON.stringify(asked.body))
  t.match((await admin.call('GET', `${MARKET}/install-requests?state=open`)).body, { data: [{ state: 'open' }] })
  t.same((await other.call('GET', `${MARKET}/install-requests`)).body, { data: [] })
  const approving = `${MARKET}/install-requests/${asked.text('id')}/approve`
  t.equal((await other.call('POST', approving, {})).status, 404)
  const refused = await admin.call('POST', approving, {})
  t.match(refused.body, { status: 409, code: 'CONSENT_REQUIRED' })
  const { details } = refused.body as { details: { grant: unknown } }
  const approved = await admin.call('POST', approving, { grant: details.grant })
  t.match(approved.body, { request: { state: 'approved' }, installation: { state: 'active', version: '1.0.0' } })
  const path = `${MARKET}/installations/${approved.text('installation.id')}`

  const policy = { auto: 'minor', minAgeHours: 72, channel: 'latest', excludes: ['1.5.x'] }
  t.match((await admin.call('PUT', `${path}/policy`, { policy })).body, { policy })
  t.equal((await admin.call('PUT', `${path}/policy`, { policy: { ...policy, auto: 'often' } })).status, 400)
  t.equal((await other.call('PUT', `${path}/policy`, { policy })).status, 404)
  const defaults = `/api/organizations/${admin.organizationId}/policy`
  t.match((await admin.call('GET', defaults)).body, { auto: 'none' })
  t.same((await admin.call('PUT', defaults, policy)).body, policy)
  t.same((await admin.call('GET', defaults)).body, policy)
  t.equal((await other.call('GET', defaults)).status, 404)

  await release(extensionOf('1.1.0', { annex: { permissions: { required: [WRITE, READ] } } }))
  const widening = await admin.call('POST', `${path}/upgrade`, {})
  t.match(widening.body, {
    status: 409,
    code: 'CONSENT_REQUIRED',
    details: { version: '1.1.0', difference: { from: '1.0.0', added: [{ name: 'read:timesheets' }] } },
  })
  t.match((await admin.call('GET', path)).body, { version: '1.0.0', state: 'active' })
  const { grant } = (widening.body as { details: { grant: unknown } }).details
  const upgraded = await admin.call('POST', `${path}/upgrade`, { grant })
  t.match(upgraded.body, { version: '1.1.0', state: 'active', previous: { version: '1.0.0' } })
  t.equal((await other.call('POST', `${path}/upgrade`, {})).status, 404)
  t.match((await admin.call('POST', `${path}/upgrade`, { version: '1.0.0' })).body, { code: 'INSTALLATION_STATE' })

  t.match((await admin.call('POST', `${path}/disable`)).body, { disabled: [{ reason: 'admin' }] })
  t.equal((await other.call('POST', `${path}/rollback`, {})).status, 404)
  const back = await admin.call('POST', `${path}/rollback`, {})
  t.match(back.body, { version: '1.0.0', state: 'disabled', lastUpgrade: { version: '1.1.0', outcome: 'rolled_back' } })
  t.match((await admin.call('POST', `${path}/rollback`, {})).body, { status: 409, code: 'INSTALLATION_STATE' })
  const again = await admin.call('POST', `${path}/upgrade`, {})
  t.match(again.body, { version: '1.1.0', state: 'disabled' }, 'the consent to it still counts')
})
