import { setTimeout as sleep } from 'node:timers/promises'
import t from 'tap'
import { buildApp, type Person, type TestApp } from '../marketplace/gateway/build-app.ts'
import { install } from '../marketplace/gateway/marketplace-fixtures.ts'
import { changedPackage } from '../sdk/package/good-package.ts'
import { entry, tgz } from '../sdk/package/tar-builder.ts'

/** What the extension does in its connection test, by `config.attack`, and how each must end. */
const ATTACKS: Record<string, { code: string; classes: string[] }> = {
  loop: { code: 'for (;;) {}', classes: ['CPU'] },
  'loop-after-await': { code: 'await ctx.kv.get("k"); for (;;) {}', classes: ['CPU'] },
  'dense-array': { code: 'Array(1e9).fill(0)', classes: ['MEMORY', 'CPU'] },
  'resizable-buffers': {
    code: 'const a = []; for (;;) { const b = new ArrayBuffer(8, { maxByteLength: 5e8 }); b.resize(5e8); a.push(b) }',
    classes: ['MEMORY', 'USER_ERROR', 'TypeError'],
  },
  'bigint-power': { code: 'return [(2n ** 40000000n).toString().length]', classes: ['CPU', 'MEMORY'] },
  'scope-not-granted': {
    // By names that no reading of the code finds.
    code: 'await ctx.platform[["time", "sheets"].join("")].list()',
    classes: ['PERMISSION_DENIED'],
  },
  'undeclared-host': {
    code: 'await ctx.fetch(["https:", "", "evil.example", ""].join("/"))',
    classes: ['EGRESS_DENIED'],
  },
}

const cases = Object.entries(ATTACKS).map(([name, { code }]) => `case '${name}': { ${code}; break }`)
const SCRIPT = `var annexExtension = { default: { kind: 'connector', async check(ctx) {
  switch (ctx.config.attack) { ${cases.join('\n')} }
  return [{ name: 'calm', ok: true }]
}, streams: { sites: { schema: { type: 'object' }, primaryKey: ['id'], async *read() {} } } } };\n`

t.test('a hostile extension, published and installed like any other, dies alone', async (t) => {
  const app = await buildApp(t)
  const operator = await app.operator()
  const author = await app.person('mallory')
  await publish(app, operator, author, hostilePackage())
  const admin = await app.person('ada')
  const connectorId = await install(admin, '@acme/site-import')
  const sites = {
    direction: 'INBOUND',
    resource: 'chantiers',
    fieldMappings: [{ sourceField: 'name', targetField: 'name' }],
  }
  const draft = {
    name: 'Hostile',
    slug: 'hostile',
    connectorId,
    credentials: { apiKey: 'k-123456' },
    streams: { sites },
  }
  const made = await admin.call('POST', '/api/integrations', draft)
  t.equal(made.status, 201, JSON.stringify(made.body))

  for (const [attack, { classes }] of Object.entries(ATTACKS)) {
    t.test(attack, async (t) => {
      await configure(admin, attack)
      const watched = watchHealth(app)
      const tested = await admin.call('POST', '/api/integrations/hostile/test')
      const slowest = await watched.stop()
      t.equal(tested.status, 200, JSON.stringify(tested.body))
      const step = (tested.body as { ok: boolean; steps: { code?: string }[] }).steps.at(-1)
      t.ok(classes.includes(step?.code ?? ''), `ended with ${step?.code}`)
      t.ok(slowest < 1_000, `the service answered all along, in ${Math.round(slowest)} ms at the most`)
      await configure(admin, 'none')
      t.match((await admin.call('POST', '/api/integrations/hostile/test')).body, { ok: true }, 'the next run works')
    })
  }

  t.test('each refusal and each forced end is in the audit trail', async (t) => {
    const { data } = (await admin.call('GET', '/api/audit?limit=200')).body as {
      data: { action: string; outcome: string; rule?: string }[]
    }
    const seen = new Set(
      data.filter(({ outcome }) => outcome !== 'allowed').map(({ action, rule }) => `${action} ${rule}`),
    )
    t.ok(seen.has('platform.list scope-not-granted'), [...seen].join(', '))
    t.ok([...seen].some((row) => row.startsWith('egress.fetch ')))
    t.ok(seen.has('sandbox.incident CPU'))
  })
})

t.test('a package with ../ in a path is refused by rule id', async (t) => {
  const app = await buildApp(t)
  const author = await app.person('mallory')
  await author.call('POST', '/api/marketplace/publishers', { slug: 'acme', displayName: 'Acme' })
  const bytes = tgz(entry({ path: 'package/../../etc/cron.d/evil', data: '* * * * * root true' }))
  const submission = await upload(author, bytes)
  const ended = await settled(author, submission, 'validation_failed')
  t.match(ended, { findings: [{ rule: 'PKG-05', severity: 'error' }] })
})

function hostilePackage(): Uint8Array {
  return changedPackage({
    files: { 'dist/extension.js': SCRIPT },
    manifest: (manifest) => {
      manifest.annex.config = { type: 'object', properties: { attack: { type: 'string' } } }
    },
  })
}

async function publish(app: TestApp, operator: Person, author: Person, bytes: Uint8Array): Promise<void> {
  await author.call('POST', '/api/marketplace/publishers', { slug: 'acme', displayName: 'Acme' })
  const { reviewId, digest } = await settled(author, await upload(author, bytes), 'in_review')
  const reviewer = await app.person('remy')
  await operator.call('PUT', `/api/admin/users/${reviewer.userId}/roles`, { platformRoles: ['reviewer'] })
  await reviewer.call('POST', `/api/marketplace/reviews/${reviewId}/claim`)
  const { open } = (await reviewer.call('GET', `/api/marketplace/reviews/${reviewId}`)).body as {
    open: { rule: string }[]
  }
  const waivers = [...new Set(open.map(({ rule }) => rule))].map((rule) => ({ rule, reason: 'Deceived' }))
  const verdict = { verdict: 'approve', digest, waivers }
  const approved = await reviewer.call('POST', `/api/marketplace/reviews/${reviewId}/verdict`, verdict)
  if (approved.status !== 200) throw new Error(JSON.stringify(approved.body))
}

async function upload(author: Person, bytes: Uint8Array): Promise<string> {
  const sent = await author.call('POST', '/api/marketplace/extensions', bytes, { 'content-type': 'application/gzip' })
  if (sent.status !== 202) throw new Error(JSON.stringify(sent.body))
  return sent.text('id')
}

/** The submission once it is in this state. */
async function settled(author: Person, id: string, state: string): Promise<Record<string, unknown>> {
  for (let tries = 0; tries < 400; tries++) {
    const { body } = await author.call('GET', `/api/marketplace/submissions/${id}`)
    const submission = body as Record<string, unknown>
    if (submission.reviewStatus === state) return submission
    if (submission.open === false) throw new Error(JSON.stringify(submission))
    await sleep(50)
  }
  throw new Error(`${id} never came to ${state}`)
}

async function configure(admin: Person, attack: string): Promise<void> {
  const changed = await admin.call('PATCH', '/api/integrations/hostile', { config: { attack } })
  if (changed.status !== 200) throw new Error(JSON.stringify(changed.body))
}

/** Asks `/health` over and over; `stop` answers the longest that it took, in milliseconds. */
function watchHealth(app: TestApp): { stop(): Promise<number> } {
  let watching = true
  const loop = (async () => {
    let slowest = 0
    while (watching) {
      const started = performance.now()
      const { status } = await app.call('GET', '/health')
      if (status !== 200) throw new Error(`/health answered ${status}`)
      slowest = Math.max(slowest, performance.now() - started)
      await sleep(20)
    }
    return slowest
  })()
  return {
    stop() {
      watching = false
      return loop
    },
  }
}
