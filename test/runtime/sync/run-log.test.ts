import type { Json } from '@annex/sdk/json'
import t from 'tap'
import { CREDENTIALS, serveCleaner, site } from './erp.ts'
import { Ends } from './fake-invocations.ts'
import { opened, run, sites } from './inbound-sync.ts'
import { admin, CONNECTOR, ORG, type TestSync } from './open-sync.ts'

/** Pages of ten sites, during each of which the connector says `chatter` lines. */
function serveChatter({ invocations }: TestSync, pages: number, chatter: number, last?: () => void): void {
  invocations.handlers.set(`${CONNECTOR} streams.sites.read`, async function* (request): AsyncGenerator<Json> {
    for (let page = 0; page < pages; page++) {
      for (let n = 0; n < chatter; n++) invocations.say(request, { level: 'info', message: `page ${page} line ${n}` })
      if (page === pages - 1) last?.()
      yield { records: [site(page)], checkpoint: page }
    }
  })
}

interface Told {
  level: string
  message: string
  source: string
}

async function linesOf({ integrations }: TestSync): Promise<Told[]> {
  const lines: Told[] = []
  let cursor: string | undefined
  do {
    const page = await integrations.logs(admin, 'erp', { limit: 200, ...(cursor ? { cursor } : {}) })
    if (!page.ok) throw new Error(page.error.message)
    lines.push(...page.value.data)
    cursor = page.value.nextCursor
  } while (cursor)
  return lines
}

const leftOut = (lines: Told[]) => lines.filter(({ message }) => /left out$/.test(message))
const said = (lines: Told[]) => lines.filter(({ source }) => source === 'extension')

t.test('what a chatty connector says beyond its share is told once, with the right number', async (t) => {
  for (const [pages, chatter] of [
    [1, 300],
    [4, 70],
    [30, 40],
  ] as const) {
    const sync = await opened(t)
    serveChatter(sync, pages, chatter)
    t.equal((await run(sync)).state, 'SUCCEEDED')
    const lines = await linesOf(sync)
    const missing = pages * chatter - said(lines).length
    t.ok(missing > 0, `${missing} of ${pages * chatter}`)
    t.same(
      leftOut(lines).map(({ message, source }) => [message, source]),
      [[`${missing} more lines left out`, 'service']],
    )
    t.ok(lines.some(({ message }) => message.startsWith('sync SUCCEEDED')))
    t.ok(said(lines).length <= 400)
  }
})

t.test('a log within its share is whole, and says nothing of lines left out', async (t) => {
  const sync = await opened(t)
  serveChatter(sync, 3, 10)
  await run(sync)
  const lines = await linesOf(sync)
  t.equal(said(lines).length, 30)
  t.same(leftOut(lines), [])
})

t.test('lines are counted over all attempts of a run', async (t) => {
  const sync = await opened(t)
  let failures = 0
  serveChatter(sync, 1, 200, () => {
    if (failures++ < 5) throw new Ends('USER_ERROR', { code: 'CONNECTION_FAILED' })
  })
  await sync.integrations.sync(admin, 'erp')
  sync.clock.pass(60 * 60 * 1_000)
  await sync.jobs.runDue()
  const lines = await linesOf(sync)
  t.equal(failures, 6)
  const missing = 6 * 200 - said(lines).length
  t.same(
    leftOut(lines).map(({ message }) => message),
    [`${missing} more lines left out`],
  )
})

t.test('a cancelled run tells it as well', async (t) => {
  const sync = await opened(t)
  serveChatter(sync, 1, 200, () => {
    throw new Ends('QUEUE')
  })
  const started = await sync.integrations.sync(admin, 'erp')
  await sync.jobs.cancel(ORG, started.ok ? started.value.job._id : '')
  const lines = await linesOf(sync)
  t.equal(leftOut(lines).length, 1)
  t.ok(lines.some(({ message }) => message.startsWith('sync CANCELLED')))
})

t.test('a thousand dropped records hide neither the one that fell out nor the end', async (t) => {
  const records = sites(300).map((one) => ({ ...one, adresse: { ville: 'drop' } }))
  const sync = await opened(t, [...records, site(999, { etat: 'unknown' })])
  serveCleaner(sync.invocations)
  t.match(await run(sync), { state: 'PARTIAL', streams: [{ counters: { dropped: 300, quarantined: 1 } }] })
  const lines = await linesOf(sync)
  t.ok(lines.some(({ message }) => message.startsWith('sync PARTIAL')))
  t.ok(lines.some(({ message }) => message.includes('S999 quarantined')))
  const drops = lines.filter(({ message }) => message.startsWith('left out '))
  t.match(leftOut(lines), [{ message: `${300 - drops.length} more lines left out` }])
})

t.test('the error that ends a run is kept, however many came before it', async (t) => {
  const sync = await opened(t, [])
  let reads = 0
  sync.invocations.handlers.set(`${CONNECTOR} streams.sites.read`, async () => {
    throw new Ends('USER_ERROR', {
      code: ++reads > 25 ? 'AUTHENTICATION_FAILED' : 'RATE_LIMIT_EXCEEDED',
      retryAfter: 20,
    })
  })
  const started = await sync.integrations.sync(admin, 'erp')
  for (let i = 0; i < 30; i++) {
    sync.clock.pass(20_000)
    await sync.jobs.runDue()
  }
  const jobId = started.ok ? started.value.job._id : ''
  t.match(await sync.jobs.get(ORG, jobId), { state: 'DEAD', lastError: { code: 'AUTHENTICATION_FAILED' } })
  const runs = await sync.integrations.runs(admin, 'erp')
  t.match(runs.ok && runs.value.data[0]?.errors.at(-1), { code: 'AUTHENTICATION_FAILED' })
  t.equal(runs.ok && runs.value.data[0]?.errors.length, 20)
})

t.test('no secret of the integration is in the log or in the quarantine', async (t) => {
  const secret = CREDENTIALS.apiKey
  const sync = await opened(t)
  sync.invocations.handlers.set(`${CONNECTOR} streams.sites.read`, async function* (request): AsyncGenerator<Json> {
    sync.invocations.say(request, { level: 'warn', message: `the key is ${secret}`, details: { key: secret } })
    yield {
      records: [
        site(1, { nom: 1, note: `a${secret}b`, [secret]: Buffer.from(secret).toString('base64'), deep: [{ secret }] }),
        site(2, { etat: secret }),
        site(3, { id: secret, etat: 'x' }),
      ],
      checkpoint: 1,
    }
    throw new Ends('USER_ERROR', { code: 'AUTHENTICATION_FAILED', message: `refused ${secret}` })
  })
  t.match(await run(sync), { state: 'FAILED', streams: [{ counters: { quarantined: 3 } }] })
  const rows = await sync.integrations.quarantine(admin, 'erp')
  const all = [rows, await sync.integrations.runs(admin, 'erp'), await linesOf(sync), await sync.jobs.list(ORG)]
  t.match(rows.ok && rows.value.data.find(({ externalId }) => externalId === 'S1')?.raw, { note: 'a[redacted]b' })
  t.notMatch(JSON.stringify(all), new RegExp(secret))
  t.notMatch(JSON.stringify(all), new RegExp(Buffer.from(secret).toString('base64').slice(0, 12)))
})

t.test('a secret that reads like a number leaves the quarantine readable', async (t) => {
  const sync = await opened(t)
  await sync.integrations.update(admin, 'erp', { credentials: { apiKey: '12345678' } })
  sync.invocations.handlers.set(`${CONNECTOR} streams.sites.read`, async function* (): AsyncGenerator<Json> {
    yield { records: [site(1, { nom: 12345678 }), site(2, { nom: 4 })], checkpoint: 1 }
  })
  await run(sync)
  const rows = await sync.integrations.quarantine(admin, 'erp')
  t.match(rows.ok && rows.value.data.map(({ raw }) => (raw as { nom: Json }).nom).sort(), [4, '[redacted]'])
})
