import { createHmac, randomUUID } from 'node:crypto'
import t, { type Test } from 'tap'
import { hostApiCollections } from '../../../runtime/host-api/kv-documents.ts'
import { jobs as jobDocuments, jobsCollections } from '../../../runtime/jobs/job.ts'
import { createJobs } from '../../../runtime/jobs/jobs.ts'
import { createLog } from '../../../runtime/log.ts'
import { webhooks, webhooksCollections } from '../../../runtime/webhooks/webhook.ts'
import { createWebhooksIn } from '../../../runtime/webhooks/webhooks.ts'
import { openPlatform } from '../platform/open-platform.ts'

const HOUR_MS = 3_600_000
const LIMIT = 512 * 1024

type Deps = Parameters<typeof createWebhooksIn>[0]
type Asked = { body: string; encoding?: string; headers: Record<string, string> }

/** Webhooks of one installation on an empty store, with the queue run by hand; only the sandbox is stood in for. */
async function openWebhooks(t: Test) {
  const base = await openPlatform(t, [...hostApiCollections, ...jobsCollections, ...webhooksCollections])
  const jobs = createJobs({ ...base, log: createLog('silent'), nodeId: 'n', leaseMs: 24 * HOUR_MS })
  t.teardown(() => jobs.stop())
  const asked: Asked[] = []
  const guest = { enabled: true, parse: (): unknown => null }
  const end = { runId: 'run_1', usage: { cpuMs: 0, wallMs: 0, hostCalls: 0 }, logs: [] }
  const deps = {
    ...{ ...base, jobs },
    installations: { active: async () => (guest.enabled ? { digest: 'd', extension: '@acme/x' } : undefined) },
    declarations: {
      of: async () => ({ webhook: { scheme: 'github', secretRef: 's' }, events: { emits: ['acme.seen'] } }),
    },
    secrets: { get: async () => 'key' },
    invocations: {
      async invoke({ args: [request] }: { args: Asked[] }) {
        if (request) asked.push(request)
        try {
          return { ok: true, value: guest.parse(), ...end }
        } catch (error) {
          return { ok: false, failure: { code: 'ERROR', message: String(error) }, ...end }
        }
      },
    },
  } as unknown as Deps
  const hooks = createWebhooksIn(deps)
  const source = await hooks.sourceOf('org_a', 'ins_1')
  return {
    ...{ ...base, jobs, hooks, asked, guest },
    async send(body: string | Uint8Array, more: Record<string, string> = {}) {
      const signature = `sha256=${createHmac('sha256', 'key').update(body).digest('hex')}`
      const headers = { 'x-hub-signature-256': signature, ...more }
      return hooks.receive(source, { headers, body: Buffer.from(body) })
    },
    /** Long enough for every wait between tries. */
    async settle() {
      for (let hour = 0; hour < 12; hour++) {
        await jobs.runDue()
        base.clock.move(HOUR_MS)
      }
    },
    states: async () =>
      (await base.store.forOrganization('org_a')(webhooks).find({})).data.map(({ state }) => state).sort(),
    rows: async () => (await base.store.forOrganization('org_a')(webhooks).find({})).data,
  }
}

const taken = { ok: true, value: { duplicate: false } }
const known = { ok: true, value: { duplicate: true } }

t.test('the same again is known; another one with an equal body is not', async (t) => {
  const it = await openWebhooks(t)
  const id = randomUUID()
  t.match(await it.send('{}', { 'x-github-delivery': id }), taken)
  t.match(await it.send('{}', { 'x-github-delivery': id }), known)
  t.match(await it.send('{}', { 'x-github-delivery': randomUUID() }), taken)
  await it.settle()
  t.equal(it.asked.length, 2)
  t.match(await it.send('{}', { 'x-github-delivery': id }), known, 'also when it is done')
})

t.test('a dead one is tried anew when its sender or an admin asks for it', async (t) => {
  const it = await openWebhooks(t)
  it.guest.parse = () => {
    throw new Error('a bug')
  }
  await it.send('{"n":1}')
  await it.settle()
  t.match(await it.rows(), [{ state: 'DEAD', lastError: { code: 'ERROR' } }])
  t.match(await it.send('{"n":1}'), taken, 'its sender does not think it was read')
  t.match(await it.rows(), [{ state: 'PENDING' }])
  await it.settle()
  const [dead] = await it.rows()
  const id = dead?._id ?? ''
  it.guest.parse = () => null
  t.match(await it.hooks.retry('org_b', id), { error: { code: 'NOT_FOUND' } })
  t.match(await it.hooks.retry('org_a', id), { ok: true, value: { state: 'PENDING', lastError: undefined } })
  await it.settle()
  t.same(await it.states(), ['DONE'])
  t.match(await it.hooks.retry('org_a', id), { error: { code: 'CONFLICT' } })
})

t.test('what was taken waits while the extension is disabled', async (t) => {
  const it = await openWebhooks(t)
  await it.send('{}')
  it.guest.enabled = false
  await it.settle()
  t.same(await it.states(), ['PENDING'])
  t.match(await it.send('{"n":2}'), { error: { code: 'UNAVAILABLE' } })
  it.guest.enabled = true
  await it.settle()
  t.same(await it.states(), ['DONE'])
  t.equal(it.asked.length, 1)
})

t.test('every body within the limit is kept as it came', async (t) => {
  const it = await openWebhooks(t)
  const texts = ['"', '\u0001', '\\', 'é'].map((each) => each.repeat(LIMIT / Buffer.byteLength(each)))
  for (const text of texts) t.match(await it.send(text), taken)
  const bytes = Buffer.alloc(LIMIT, 255)
  t.match(await it.send(bytes, { 'x-github-event': '"'.repeat(16 * 1024) }), taken)
  await it.jobs.runDue()
  t.same(
    it.asked
      .filter(({ encoding }) => encoding === undefined)
      .map(({ body }) => texts.indexOf(body))
      .sort(),
    texts.map((_, i) => i),
  )
  const binary = it.asked.find(({ encoding }) => encoding === 'base64')
  t.ok(Buffer.from(binary?.body ?? '', 'base64').equals(bytes))
})

t.test('an answer that is too large ends at once', async (t) => {
  const it = await openWebhooks(t)
  const events = (count: number) =>
    Array.from({ length: count }, () => ({ type: 'acme.seen', data: { t: '"'.repeat(30_000) } }))
  it.guest.parse = () => ({ events: events(20) })
  await it.send('{"n":1}')
  await it.settle()
  t.equal(it.asked.length, 1)
  t.match(await it.rows(), [{ state: 'DEAD', lastError: { code: 'INVALID_ARGUMENT', message: /262144 bytes/ } }])
  it.guest.parse = () => ({ events: events(4) })
  await it.send('{"n":2}')
  await it.settle()
  t.same(await it.states(), ['DEAD', 'DONE'], 'just below it can be stored')
  t.equal((await it.store.forOrganization('org_a')(jobDocuments).find({})).data.length, 2)
})

t.test('shows the headers that tell of it, and none that could be a credential', async (t) => {
  const it = await openWebhooks(t)
  const shown = { 'content-type': 'application/json', 'x-github-event': 'push' }
  await it.send('{}', { ...shown, 'x-gitlab-token': 's', 'x-auth-token': 's', 'x-forwarded-for': '10.0.0.1' })
  await it.settle()
  t.same(it.asked[0]?.headers, shown)
})

t.test('its events count among those that the extension may emit in a minute', async (t) => {
  const it = await openWebhooks(t)
  it.guest.parse = () => ({ events: Array.from({ length: 100 }, () => ({ type: 'acme.seen', data: {} })) })
  for (let n = 0; n < 6; n++) {
    await it.send(`${n}`)
    await it.jobs.runDue()
  }
  await it.send('one more')
  await it.jobs.runDue()
  t.equal(it.asked.length, 6)
  t.same(await it.states(), [...Array(6).fill('DONE'), 'PENDING'])
  await it.settle()
  t.equal(it.asked.length, 7)
})
