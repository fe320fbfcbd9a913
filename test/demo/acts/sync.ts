import { type Reply, valueAt } from '../../faults/client.ts'
import { eventually } from '../../faults/eventually.ts'
import { listAt, must, type Scene } from '../scene.ts'
import { ERP_KEY, SITES } from '../stage.ts'
import { tell } from '../tell.ts'

interface Counters {
  read: number
  created: number
  updated: number
  unchanged: number
  quarantined: number
  dropped: number
  pages: number
}

const SYNC_MS = 60_000

/** 1,000 sites, some of them broken: what came in, what was rejected, and why. */
export async function syncSites({ admin }: Scene): Promise<void> {
  const first = await sync(admin, ['sites'])
  const { read, created, quarantined, dropped, pages } = countersOf(first)
  tell.good(`${read} sites read in ${pages} pages: ${created} created, ${quarantined} quarantined, ${dropped} left out`)
  must(read === SITES, `all ${SITES} sites were read`)
  must(created + quarantined + dropped === SITES, 'each site went one way')
  must(quarantined > 0 && created > 0, 'some came in and some were rejected')
  const rejected = listAt(await admin.expect('GET', '/api/integrations/erp/quarantine?limit=100'), 'data')
  must(rejected.length === quarantined, 'the quarantine has every rejected record')
  tell.line('The first of the rejected, and why:')
  for (const { externalId, stage, code, message } of rejected.slice(0, 5)) {
    tell.quote(`${externalId}  ${stage} ${code}: ${message}`)
  }
  const [site] = listAt(await admin.expect('GET', '/api/v1/chantiers?limit=1'), 'data')
  tell.line('One of the imported, as API v1 has it:')
  tell.quote(JSON.stringify(site))
  const again = countersOf(await sync(admin, ['sites']))
  tell.good(`Synced again: ${again.created} created, ${again.updated} updated, so nothing came twice`)
  must(again.created === 0 && again.updated === 0, 'a second sync changes nothing')
}

/** Hours go out only once the admin grants it; until then the extension is refused, and the refusal is on record. */
export async function syncHours({ admin, installations, stage }: Scene): Promise<void> {
  for (const [workerId, status] of Object.entries({ 'w-1': 'APPROVED', 'w-2': 'APPROVED', 'w-3': 'DRAFT' })) {
    const sheet = { workerId, day: '2026-11-20', minutes: 450, status }
    await admin.expect('POST', '/api/v1/timesheets', sheet)
  }
  tell.line('Ana has three timesheets: two approved, one draft. The extension was not granted read:timesheets.')
  const refused = await sync(admin, ['timesheets'])
  must(stateOf(refused) === 'FAILED', 'without the scope the export fails')
  for (const { code, message } of valueAt(refused, 'errors') as { code: string; message: string }[]) {
    tell.quote(`${code}: ${message}`)
  }
  await showRefusals(admin)
  await grantHours(admin, String(installations['costructor-erp']))
  const sent = await sync(admin, ['timesheets'])
  must(stateOf(sent) === 'SUCCEEDED', `with the scope the export succeeds, not ${JSON.stringify(sent.body)}`)
  const hours = await hoursAt(stage.erpUrl)
  tell.good(`The ERP now has ${hours} entries of hours: the approved ones, as the grant's condition says`)
  must(hours === 2, 'only approved hours left')
}

async function showRefusals(admin: Scene['admin']): Promise<void> {
  const rows = listAt(await admin.expect('GET', '/api/audit?limit=50'), 'data')
  const refusals = rows.filter(({ outcome }) => outcome === 'refused')
  must(refusals.length > 0, 'the audit trail has the refusal')
  tell.line('The audit trail has it:')
  for (const { at, actor, action, rule } of refusals.slice(0, 3))
    tell.quote(`${at}  ${actor}  ${action}  refused: ${rule}`)
}

async function grantHours(admin: Scene['admin'], installation: string): Promise<void> {
  const path = `/api/marketplace/installations/${installation}`
  const { body } = await admin.expect('GET', path)
  const grant = (body as { grant: { manifestDigest: string; scopes: string[]; hosts: string[] } }).grant
  const scopes = [...grant.scopes, 'read:timesheets']
  await admin.expect('PUT', `${path}/grant`, { manifestDigest: grant.manifestDigest, hosts: grant.hosts, scopes })
  tell.line('Ana grants read:timesheets; it holds for approved ones only.')
}

/** Starts a sync and answers its result, at once (200) or by way of its job (202). */
async function sync(admin: Scene['admin'], streams: string[]): Promise<Reply> {
  const started = await admin.expect('POST', '/api/integrations/erp/sync', { streams }, [200, 202])
  if (started.status === 200) return { ...started, body: valueAt(started, 'result') }
  const job = started.headers.get('location') ?? ''
  tell.line(`202 Accepted: the sync goes on as ${job}`)
  const ended = await eventually(
    job,
    async () => {
      const reply = await admin.expect('GET', job)
      return ['DONE', 'DEAD', 'CANCELLED'].includes(String(valueAt(reply, 'state'))) ? reply : undefined
    },
    { withinMs: SYNC_MS, everyMs: 200 },
  )
  return { ...ended, body: valueAt(ended, 'result') }
}

function countersOf(reply: Reply): Counters {
  return (valueAt(reply, 'streams') as { counters: Counters }[])[0]?.counters as Counters
}

function stateOf(reply: Reply): unknown {
  return valueAt(reply, 'state')
}

async function hoursAt(erpUrl: string): Promise<number> {
  const response = await fetch(`${erpUrl}/v1/hours`, { headers: { authorization: `Bearer ${ERP_KEY}` } })
  return ((await response.json()) as { items: unknown[] }).items.length
}
