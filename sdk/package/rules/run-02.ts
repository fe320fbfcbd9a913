import { canonicalJson } from '@annex/sdk/canonical-json'
import { type Observation, shown } from '../finding.ts'
import { DESCRIBE_FILE } from '../manifest-file.ts'
import type { PackageReport } from '../report.ts'
import type { Rule, TrialStage } from '../rule.ts'
import type { Trial } from '../trial.ts'
import { caseFile, runPlace } from './run-place.ts'

export const run02: Rule = {
  id: 'RUN-02',
  severity: 'error',
  stage: 'trial',
  title: 'The extension does what its package says',
  why: 'Administrators and reviewers go by what the package says of itself. A description or an example that the code does not keep to misleads them.',
  fix: 'Run `annex test`, correct the code or the case, and pack it with `annex pack`.',
  check: keepsWord,
}

function* keepsWord({ package: held, trial }: TrialStage): Iterable<Observation> {
  yield* otherDescription(held, trial)
  for (const { file, message, line } of trial.faults)
    yield { message: `the fixture cannot be replayed: ${message}`, file, ...(line !== undefined && { line }) }
  yield* failedFixtures(held, trial)
  if (trial.stopped)
    yield {
      message: 'the fixtures take longer together than a trial may take, so that not all of them were run',
      file: 'fixtures',
      fix: 'Leave out fixtures that wait or compute for long; a case for each handler is enough.',
    }
  const loaded = trial.runs.some(({ kind, ok }) => kind === 'load' && ok)
  if (loaded && !trial.stopped && trial.faults.length === 0 && !trial.runs.some(({ kind }) => kind === 'fixture'))
    yield {
      // Not an error: what it does may be hard to record, and a reviewer can try it. But nobody can see that it works.
      severity: 'warning',
      message: 'the package has no fixture, so that nothing shows what it does',
      file: 'fixtures',
      fix: 'Write fixtures/<case>/case.json for each handler; see: annex help test',
    }
}

/** An author, or who changed the package after it was made, may have written anything into the description. */
function* otherDescription({ describe }: PackageReport, { runs }: Trial): Iterable<Observation> {
  const said = runs.find(({ description }) => description !== undefined)?.description
  if (said === undefined) return
  const { libraries, ...written } = describe
  const real = said as Record<string, unknown>
  for (const part of new Set([...Object.keys(written), ...Object.keys(real)])) {
    const [one, other] = [(written as Record<string, unknown>)[part], real[part]]
    if (one === undefined ? other === undefined : other !== undefined && canonicalJson(one) === canonicalJson(other))
      continue
    yield { message: `${shown(part)} is not what the code says of itself`, file: DESCRIBE_FILE, pointer: `/${part}` }
  }
}

/** One that passes on another platform is for RUN-03. */
function* failedFixtures(held: PackageReport, { runs }: Trial): Iterable<Observation> {
  for (const run of runs) {
    const { fixture, handler, problems } = run
    if (fixture === undefined || run.ok || runs.some((other) => other.fixture === fixture && other.ok)) continue
    for (const problem of problems)
      yield { message: `${shown(fixture)} (${handler}): ${problem}`, ...placeOf(held, run, fixture) }
  }
}

function placeOf(held: PackageReport, run: Trial['runs'][number], fixture: string) {
  return run.failure ? runPlace(held, run) : { file: caseFile(fixture) }
}
