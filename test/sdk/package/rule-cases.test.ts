import { readdirSync } from 'node:fs'
import { join } from 'node:path'
import { checkOutside } from '@annex/package/complete-report'
import { RULES } from '@annex/package/rules'
import t from 'tap'
import { changedPackage, check } from './good-package.ts'
import type { RuleCase, RuleTry } from './rule-case.ts'

/** One file for each rule: what trips it, and the nearest things that do not. */
const FOLDER = join(import.meta.dirname, 'rule-cases')
const IDS = readdirSync(FOLDER).map((file) => file.replace('.ts', '').toUpperCase())
/** Cases that are run in the sandbox have a test of their own. */
const OF_RUNS = /^RUN-/

for (const id of IDS.filter((id) => !OF_RUNS.test(id))) {
  t.test(id, async (t) => {
    const { trips, passes } = await readCase(id)
    t.ok(trips.length > 0 && passes.length > 0, 'has both')
    t.equal(await outcome(id, {}), 'pass', 'passes the good package')
    for (const [n, change] of trips.entries()) t.equal(await outcome(id, change), 'fail', told('finds', n, change))
    for (const [n, change] of passes.entries()) t.equal(await outcome(id, change), 'pass', told('passes', n, change))
  })
}

async function readCase(id: string): Promise<RuleCase> {
  const module = (await import(join(FOLDER, `${id.toLowerCase()}.ts`))) as Record<string, RuleCase>
  const found = module[`${id.toLowerCase().replace('-', '')}Case`]
  if (!found) throw new Error(`there is no case of ${id} in its file`)
  return found
}

async function outcome(id: string, change: RuleTry): Promise<string | undefined> {
  const report = await check(changedPackage(change), change.options)
  if (!change.outside) return ownOutcome(id, report.executions)
  if (!report.package) throw new Error(`not a sound package: ${JSON.stringify(report.findings)}`)
  return ownOutcome(id, checkOutside(report.package, change.outside).executions)
}

/** A rule that is all outside is skipped without data: for the good package that is as good as a pass. */
function ownOutcome(id: string, executions: { rule: string; outcome: string }[]): string | undefined {
  const found = executions.find(({ rule }) => rule === id)?.outcome
  const isOutside = RULES.find((rule) => rule.id === id)?.stage === 'outside'
  return found === 'skip' && isOutside ? 'pass' : found
}

function told(what: string, n: number, { files = {} }: RuleTry): string {
  const [first] = Object.entries(files)
  return `${what} ${n}${first ? `: ${first[0]} ${String(first[1]).slice(0, 100)}` : ''}`
}

t.test('every rule is told, has its own id, and is tried', async (t) => {
  const ids = RULES.map((rule) => rule.id)
  t.strictSame(ids, [...new Set(ids)])
  // The reader's rules are tried with archives made byte by byte.
  const tried = new Set([...IDS, ...ids.filter((id) => id.startsWith('PKG-'))])
  t.strictSame([...ids].sort(), [...tried].sort())
  for (const rule of RULES) {
    t.match(rule.id, /^(PKG|MAN|CODE|SEC|DOC|RUN)-\d\d$/)
    for (const text of [rule.title, rule.why, rule.fix]) t.ok(text.length > 10, `${rule.id} says what, why and how`)
  }
})
