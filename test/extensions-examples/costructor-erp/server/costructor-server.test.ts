import t from 'tap'
import {
  type CostructorServer,
  type CostructorServerOptions,
  createCostructorServer,
} from '../../../../extensions-examples/costructor-erp/server/costructor-server.ts'

async function started(t: Tap, options: CostructorServerOptions) {
  const server = await createCostructorServer(options)
  t.teardown(() => server.close())
  return server
}

type Tap = { teardown(end: () => unknown): void }

function call(server: CostructorServer, path: string, init: RequestInit = {}) {
  const headers = { authorization: `Bearer ${server.apiKey}`, ...(init.headers as Record<string, string>) }
  return fetch(`${server.url}/v1${path}`, { ...init, headers })
}

interface Page {
  items: { id: string; updatedAt: string }[]
  nextCursor?: string
}

async function walk(server: CostructorServer, query: string, from?: string): Promise<Page['items']> {
  const rows: Page['items'] = []
  for (let cursor = from; ; ) {
    const answer = await call(server, `/sites?${query}${cursor ? `&cursor=${cursor}` : ''}`)
    const page = (await answer.json()) as Page
    rows.push(...page.items)
    if (!page.nextCursor) return rows
    cursor = page.nextCursor
  }
}

t.test('refuses a caller without the key, and tells its status to anyone', async (t) => {
  const server = await started(t, { sites: 1, apiKey: 'the-right-key' })
  t.equal((await call(server, '/sites')).status, 200)
  t.equal((await call(server, '/sites', { headers: { authorization: 'Bearer wrong' } })).status, 401)
  t.equal((await fetch(`${server.url}/v1/sites`)).status, 401)
  t.equal((await fetch(`${server.url}/v1/status`)).status, 200)
  t.match(server.counters, { requests: 4, unauthorized: 2 })
})

t.test('pages give every site once, whatever the page size', async (t) => {
  const server = await started(t, { sites: 60 })
  for (const limit of [1, 7, 59, 60, 500]) {
    const rows = await walk(server, `limit=${limit}`)
    t.strictSame(
      rows.map(({ id }) => id),
      server.sites.map(({ id }) => id),
      `limit ${limit}`,
    )
  }
})

t.test('both bounds are inclusive, and keep the rows that share an instant together', async (t) => {
  const server = await started(t, { sites: 60 })
  const at = server.sites[20]?.updatedAt ?? ''
  const group = server.sites.filter((site) => site.updatedAt === at)
  t.ok(group.length > 1, 'several sites share the instant')
  const rows = await walk(server, `limit=2&updatedSince=${at}&updatedUntil=${at}`)
  t.same(
    rows.map(({ id }) => id),
    group.map(({ id }) => id),
  )
})

t.test('a site that changes during the walk moves to its end', async (t) => {
  const server = await started(t, { sites: 10 })
  const first = (await (await call(server, '/sites?limit=3')).json()) as Page
  const changed = server.sites[0]
  if (!changed) throw new Error('the data set is empty')
  changed.updatedAt = '2027-01-01T00:00:00.000Z'
  const rest = await walk(server, 'limit=3', first.nextCursor)
  t.equal(rest.length, 8)
  t.equal(rest.at(-1)?.id, changed.id)
})

t.test('refuses a wrong limit, instant or cursor', async (t) => {
  const server = await started(t, { sites: 1 })
  for (const query of ['limit=0', 'limit=501', 'limit=x', 'updatedSince=yesterday', 'cursor=abc']) {
    t.equal((await call(server, `/sites?${query}`)).status, 400, query)
  }
})

t.test('every k-th request is answered 429 with Retry-After', async (t) => {
  const server = await started(t, { sites: 1, rateLimitEvery: 3, retryAfter: 9 })
  const answers: Response[] = []
  for (let i = 0; i < 6; i++) answers.push(await call(server, '/me'))
  t.strictSame(
    answers.map(({ status }) => status),
    [200, 200, 429, 200, 200, 429],
  )
  t.equal(answers[2]?.headers.get('retry-after'), '9')
  t.equal(server.counters.limited, 2)
})

t.test('hours with one externalRef are one line, however often they come', async (t) => {
  const server = await started(t, { sites: 1 })
  const line = { externalRef: 'tsh_1', worker: 'W-7', day: '2026-06-01', minutes: 450 }
  const first = await postHours(server, line, 'op_1')
  t.equal(first.status, 201)
  const again = await postHours(server, line, 'op_1')
  t.strictSame([again.status, again.body], [201, first.body], 'the same key is answered as before')
  const corrected = await postHours(server, { ...line, minutes: 480 }, 'op_2')
  t.strictSame([corrected.status, (corrected.body as { id: string }).id], [200, (first.body as { id: string }).id])
  t.match(server.hours, [{ externalRef: 'tsh_1', minutes: 480 }])
  t.equal(server.hours.length, 1)
  const listed = (await (await call(server, '/hours')).json()) as { items: unknown[] }
  t.strictSame(listed.items, server.hours)
})

t.test('hours that mean nothing are refused with a reason', async (t) => {
  const server = await started(t, { sites: 1 })
  const line = { externalRef: 'tsh_1', worker: 'W-7', day: '2026-06-01', minutes: 450 }
  for (const wrong of [{ minutes: 0 }, { minutes: 1441 }, { day: 'Monday' }, { worker: '' }, { externalRef: 7 }]) {
    t.equal((await postHours(server, { ...line, ...wrong }, 'op')).status, 422, JSON.stringify(wrong))
  }
  t.equal((await call(server, '/hours', { method: 'POST', body: '{' })).status, 400)
  t.equal(server.hours.length, 0)
})

t.test('hours can be taken back by their reference', async (t) => {
  const server = await started(t, { sites: 1 })
  await postHours(server, { externalRef: 'tsh_1', worker: 'W-7', day: '2026-06-01', minutes: 450 }, 'op_1')
  t.equal((await call(server, '/hours?externalRef=tsh_1', { method: 'DELETE' })).status, 204)
  t.equal((await call(server, '/hours?externalRef=tsh_1', { method: 'DELETE' })).status, 404)
  t.equal(server.hours.length, 0)
})

async function postHours(server: CostructorServer, line: object, key: string) {
  const answer = await call(server, '/hours', {
    method: 'POST',
    headers: { 'idempotency-key': key },
    body: JSON.stringify(line),
  })
  return { status: answer.status, body: (await answer.json()) as unknown }
}
