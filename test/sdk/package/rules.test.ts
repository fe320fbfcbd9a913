import t from 'tap'
import { changedPackage, check, type ManifestChange } from './good-package.ts'
import { annex } from './rule-case.ts'

const random = (length: number) => 'a8Gd2kLq9ZxW4vB7nM1pR5tY3uH6jF0c'.repeat(4).slice(0, length)

t.test('findings', async (t) => {
  t.test('point at the line and the field', async (t) => {
    const report = await check(changedPackage(annex((it) => Object.assign(it, { category: 'GAMES' }))))
    const finding = report.findings.find(({ rule }) => rule === 'MAN-02')
    t.match(finding, {
      file: 'package.json',
      pointer: '/annex/category',
      message: /expected one of PRODUCTIVITY, /,
      docs: 'man-02',
    })
    const text = changedText((it) => Object.assign(it.annex, { category: 'GAMES' }))
    t.match(text.split('\n')[(finding?.line ?? 0) - 1], /GAMES/)
  })

  t.test('an unknown field is a warning', async (t) => {
    const report = await check(changedPackage(annex((it) => Object.assign(it, { permisions: {} }))))
    t.ok(report.ok)
    t.match(report.findings, [{ rule: 'MAN-02', severity: 'warning', pointer: '/annex/permisions' }])
  })

  t.test('a secret is not repeated', async (t) => {
    const secret = `ghp_${random(36)}`
    const report = await check(changedPackage({ files: { 'src/a.ts': `\n\nconst token = "${secret}"` } }))
    t.match(report.findings, [{ rule: 'SEC-01', file: 'src/a.ts', line: 3 }])
    t.notMatch(JSON.stringify(report), secret.slice(0, 12))
  })

  t.test('a host of any name forces a review', async (t) => {
    const report = await check(
      changedPackage(
        annex((it) =>
          Object.assign(it, {
            credentials: undefined,
            egress: [{ host: '{{config.base}}', match: 'any', reason: 'your server' }],
            config: { properties: { base: {} } },
          }),
        ),
      ),
    )
    t.match(report, { ok: true, findings: [{ rule: 'MAN-09', severity: 'review' }] })
  })

  t.test('are bounded in number', async (t) => {
    const files = Object.fromEntries(Array.from({ length: 300 }, (_, n) => [`src/${n}.zip`, 'x']))
    const report = await check(changedPackage({ files }))
    t.equal(report.findings.filter(({ rule }) => rule === 'PKG-12').length, 51)
  })
})

function changedText(change: (manifest: Parameters<ManifestChange>[0]) => void): string {
  let text = ''
  changedPackage({
    manifest: (manifest) => {
      change(manifest)
      text = JSON.stringify(manifest, undefined, 2)
    },
  })
  return text
}
