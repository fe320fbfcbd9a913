import t from 'tap'
import { p99 } from '../bench/quantile.ts'
import { type AnnexService, type Person, withAnnex } from '../bench/service/annex-service.ts'
import { PATHOLOGICAL_PACKAGES, SLOW_VALUE } from '../bench/service/pathological-packages.ts'
import { approve, type CheckedUpload, installFor, upload } from '../bench/service/publish.ts'
import { healthDuring } from '../bench/service/watch-health.ts'
import { textAt } from '../faults/client.ts'

t.test('packages that are hard to read', (t) =>
  withAnnex(async (service) => {
    const author = await service.register('author')
    await author.expect('POST', '/api/marketplace/publishers', { slug: 'acme', displayName: 'Acme' })
    const ends = new Map<string, CheckedUpload>()

    await t.test('hold up nobody while they are checked', async (t) => {
      const packages = PATHOLOGICAL_PACKAGES.map(({ name, build }) => ({ name, bytes: build('1.0.0') }))
      const check = async ({ name, bytes }: (typeof packages)[number]) => {
        ends.set(name, await upload(author, bytes))
      }
      const latencies = await healthDuring(service.url, () => Promise.all(packages.map(check)))
      const slowest = Math.max(...latencies)
      t.comment(`/health: p99 ${p99(latencies).toFixed(1)} ms, slowest ${slowest.toFixed(1)} ms of ${latencies.length}`)
      t.ok(slowest < 1_000, `the service answered all along, in ${Math.round(slowest)} ms at the most`)
    })

    for (const { name, ends: expected } of PATHOLOGICAL_PACKAGES) {
      const { state } = expected
      await t.test(`${name} ends as ${'rule' in expected ? `refused by ${expected.rule}` : state}`, async (t) => {
        const rules = 'rule' in expected ? [expected.rule] : []
        const ended = ends.get(name)
        t.same({ state: ended?.state, rules: ended?.rules }, { state, rules })
      })
    }

    await t.test('a value that the pattern takes hours for is refused, and the service answers on', async (t) => {
      const admin = await installed(service, ends.get('pattern'))
      const change = { config: { code: SLOW_VALUE } }
      const latencies = await healthDuring(service.url, async () => {
        const answer = await admin.call('PATCH', `/api/marketplace/installations/${admin.installationId}`, change)
        t.same([answer.status, textAt(answer, 'code')], [400, 'CONFIG_INVALID'], JSON.stringify(answer.body))
      })
      t.ok(Math.max(...latencies) < 1_000)
      const calm = { config: { code: 'a-Bc' } }
      const answer = await admin.call('PATCH', `/api/marketplace/installations/${admin.installationId}`, calm)
      t.equal(answer.status, 200, 'a value that fits is taken')
    })
  }),
)

/** An organization's admin, with the package approved and installed. */
async function installed(
  { operator, register }: AnnexService,
  checked: CheckedUpload | undefined,
): Promise<Person & { installationId: string }> {
  if (!checked) throw new Error('the package was not checked')
  const reviewer = await register('reviewer')
  await operator.expect('PUT', `/api/admin/users/${reviewer.userId}/roles`, { platformRoles: ['reviewer'] })
  await approve(reviewer, checked)
  const admin = await register('admin')
  return { ...admin, installationId: await installFor(admin, '@acme/pattern') }
}
