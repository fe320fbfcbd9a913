import { readdirSync } from 'node:fs'
import { join } from 'node:path'
import t from 'tap'
import { buildApp } from '../marketplace/gateway/build-app.ts'
import type { ExampleRun } from './example-run.ts'
import { packExample, publishExample, succeed } from './publish-example.ts'
import { costructorErp } from './runs/costructor-erp.ts'
import { csvDrop } from './runs/csv-drop.ts'
import { fxRates } from './runs/fx-rates.ts'
import { genericRest } from './runs/generic-rest.ts'
import { hello } from './runs/hello.ts'
import { invoiceNotifier } from './runs/invoice-notifier.ts'
import { pdfArchive } from './runs/pdf-archive.ts'
import { siteCleaner } from './runs/site-cleaner.ts'
import { stripePayments } from './runs/stripe-payments.ts'
import { startUpstream } from './start-upstream.ts'

const RUNS: readonly ExampleRun[] = [
  ...[hello, costructorErp, siteCleaner, genericRest, csvDrop],
  ...[stripePayments, fxRates, invoiceNotifier, pdfArchive],
]

t.test('every example has its run', async (t) => {
  const folders = readdirSync(join(import.meta.dirname, '../../extensions-examples'), { withFileTypes: true })
  const names = folders.filter((entry) => entry.isDirectory()).map(({ name }) => name)
  t.same(RUNS.map(({ name }) => name).sort(), names.sort())
})

t.test('the examples, from their sources to what they do', async (t) => {
  const overrides: Record<string, { address: string; port: number; scheme: 'http' }> = {}
  for (const { hosts = {} } of RUNS)
    for (const [host, upstream] of Object.entries(hosts))
      overrides[host] = { address: '127.0.0.1', port: await startUpstream(t, upstream), scheme: 'http' }
  const folder = t.testdir()
  const app = await buildApp(t, { egress: { overrides, allowPrivateRanges: [] }, dataFolder: join(folder, 'data') })
  const operator = await app.operator()
  const reviewer = await app.person('reviewer')
  const roles = { platformRoles: ['reviewer'] }
  await succeed(operator.call('PUT', `/api/admin/users/${reviewer.userId}/roles`, roles))
  const author = await app.person('author')
  await succeed(author.call('POST', '/api/marketplace/publishers', { slug: 'examples', displayName: 'Examples' }))

  for (const { name, config, run } of RUNS) {
    await t.test(`${name} is packed, published, installed and runs`, async (t) => {
      const { bytes, paths } = await packExample(folder, name)
      const beside = paths.filter((path) => path.startsWith('server/'))
      t.same(beside, [], 'what stands beside the extension is not in the package')
      await publishExample(author, reviewer, bytes)
      const admin = await app.person(`admin-of-${name}`)
      const path = `/api/marketplace/install/examples/${name}`
      const asked = await admin.call('POST', path, {})
      t.equal(asked.status, 409, 'consent is asked for')
      const grant = grantAll((asked.body as { details: Consent }).details)
      const installed = await succeed(admin.call('POST', path, { grant, ...(config && { config }) }))
      await run(t, { app, admin, id: installed.text('id') })
    })
  }
})

interface Consent {
  grant: { scopes: unknown[] }
  optional: { scope: string }[]
}

/** The least grant that is enough, and what may be granted besides. */
function grantAll({ grant, optional }: Consent): object {
  return { ...grant, scopes: [...grant.scopes, ...optional.map(({ scope }) => scope)] }
}
