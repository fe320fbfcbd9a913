import { cpSync, readdirSync, readFileSync } from 'node:fs'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import t from 'tap'
import { runAnnex } from '../sdk/cli/run-annex.ts'

const EXAMPLES = fileURLToPath(new URL('../../extensions-examples/', import.meta.url))
const names = readdirSync(EXAMPLES, { withFileTypes: true }).flatMap((entry) => (entry.isDirectory() ? entry.name : []))

t.test('there are examples', async (t) => {
  for (const name of ['hello', 'costructor-erp', 'site-cleaner', 'generic-rest', 'stripe-payments'])
    t.ok(names.includes(name), name)
})

for (const name of names) {
  t.test(`${name} passes the marketplace's rules, and its own fixtures`, async (t) => {
    const folder = t.testdir()
    // A copy: checking writes generated files beside the sources.
    cpSync(join(EXAMPLES, name), join(folder, name), { recursive: true })
    const checked = await runAnnex(folder, ['check', name, '--json'])
    t.match(checked.json(), { ok: true, package: { name: `@examples/${name}` } })
    // A host that only the organization knows cannot be bounded: a person looks at such a package.
    const { findings } = checked.json() as { findings: { rule: string; severity: string }[] }
    const avoidable = findings.filter(({ rule, severity }) => rule !== 'MAN-09' || severity !== 'review')
    t.strictSame(avoidable, [])
    const tested = await runAnnex(folder, ['test', name, '--json'])
    t.match(tested.json(), { ok: true, failed: 0 })
    t.ok(Number(tested.json().passed) >= 2, 'at least two fixtures')
  })

  t.test(`${name} explains what it asks for`, async (t) => {
    const { annex } = JSON.parse(readFileSync(join(EXAMPLES, name, 'package.json'), 'utf8'))
    const readme = readFileSync(join(EXAMPLES, name, 'README.md'), 'utf8')
    t.match(readme, /## What it asks for, and why/)
    const scopes = [...annex.permissions.required, ...annex.permissions.optional].map(({ scope }) => scope)
    const hosts = annex.egress.map(({ host }: { host: string }) => host)
    for (const wish of [...scopes, ...hosts]) {
      t.match(readme, wish)
      t.type(annex.locales.fr.reasons[wish], 'string', `${wish} has a reason in French`)
    }
  })
}
