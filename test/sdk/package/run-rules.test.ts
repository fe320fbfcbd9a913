import { mkdirSync } from 'node:fs'
import { join } from 'node:path'
import { checkOutside } from '@annex/package/complete-report'
import type { Finding } from '@annex/package/finding'
import type { Report } from '@annex/package/report'
import { usageByFixture } from '@annex/package/usage-by-fixture'
import t from 'tap'
import { createLog } from '../../../runtime/log.ts'
import { createPackageChecker } from '../../../runtime/sandbox/package-checker.ts'
import { trialReport } from '../../../runtime/trials/trial-report.ts'
import { openSandbox } from '../../runtime/sandbox/start-guest.ts'
import { run01Case } from './rule-cases/run-01.ts'
import { run02Case } from './rule-cases/run-02.ts'
import { run03Case } from './rule-cases/run-03.ts'
import { run04Case } from './rule-cases/run-04.ts'
import { run05Case } from './rule-cases/run-05.ts'
import type { TrialTry } from './trial-case.ts'
import { packTrial } from './trial-project.ts'

const CASES = {
  'RUN-01': run01Case,
  'RUN-02': run02Case,
  'RUN-03': run03Case,
  'RUN-04': run04Case,
  'RUN-05': run05Case,
}

const sandbox = await openSandbox(t)
const checker = await createPackageChecker({ log: createLog('silent') })
t.teardown(() => checker.close())
const folder = t.testdir()
let last = 0

async function reportOf(it: TrialTry): Promise<Report> {
  const own = join(folder, String(++last))
  mkdirSync(own)
  const result = await trialReport({ sandbox, checker }, await packTrial(own, sandbox, it))
  if (!result.ok) throw new Error(`${it.title}: ${result.message}`)
  return result.value
}

/** What the rule says; the rule must have run. */
function saidBy(rule: string, { findings, executions, package: held, measured = [] }: Report, it: TrialTry): Finding[] {
  const ran = executions.find((execution) => execution.rule === rule)?.outcome
  if (ran !== 'pass' && ran !== 'fail') throw new Error(`${it.title}: ${ran} ${JSON.stringify(findings)}`)
  const own = findings.filter((finding) => finding.rule === rule)
  if (!it.previous || !held) return own
  const { capabilities } = held
  const outside = { usage: usageByFixture(measured), previous: { version: '1.0.0', capabilities, usage: it.previous } }
  return [...own, ...checkOutside(held, outside).findings.filter((finding) => finding.rule === rule)]
}

for (const [rule, { trips, passes }] of Object.entries(CASES)) {
  t.test(rule, async (t) => {
    for (const it of trips) {
      const report = await reportOf(it)
      const found = saidBy(rule, report, it)
      t.not(found.length, 0, it.title)
      t.match(found[0], { file: /./, fix: /./, docs: rule.toLowerCase() })
      t.equal(report.ok, !report.findings.some(({ severity }) => severity === 'error'), it.title)
      if (it.names) t.match(found[0]?.message, it.names, it.title)
    }
    for (const it of passes) t.same(saidBy(rule, await reportOf(it), it), [], it.title)
  })
}
