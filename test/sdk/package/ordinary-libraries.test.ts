import { checkPackage } from '@annex/package/check-package'
import type { Finding } from '@annex/package/finding'
import t, { type Test } from 'tap'
import { LIBRARIES, packLibrary } from './ordinary-library.ts'

t.test('ordinary libraries are no reason to refuse an extension, or to make somebody look at it', async (t) => {
  const rows: string[] = []
  for (const [library, rules] of Object.entries(LIBRARIES)) {
    const { findings, libraries } = await findingsOf(t, library)
    const loud = findings.filter(({ severity }) => severity === 'error' || severity === 'review')
    t.same(loud, [], `${library}: no error and nothing to review`)
    t.same([...new Set(findings.map(({ rule }) => rule))].sort(), rules, `${library}: the rules that say something`)
    const name = library.split('/').slice(0, library.startsWith('@') ? 2 : 1)
    t.ok(libraries.includes(name.join('/')), `${library}: is named among the libraries`)
    rows.push(`${library}: ${findings.map(({ rule, severity }) => `${rule} ${severity}`).join(', ') || 'nothing'}`)
  }
  t.comment(`findings by library\n${rows.join('\n')}`)
})

async function findingsOf(t: Test, library: string): Promise<{ findings: Finding[]; libraries: string[] }> {
  const report = await checkPackage(await packLibrary(t.testdir(), library))
  const findings = report.findings.filter(({ rule }) => /^(CODE|SEC|PKG)-|^MAN-10$/.test(rule))
  return { findings, libraries: report.package?.libraries.map(({ name }) => name) ?? [] }
}
