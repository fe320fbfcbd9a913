import { type Observation, shown } from '../finding.ts'
import type { PackageReport } from '../report.ts'
import type { Rule, TrialStage } from '../rule.ts'
import type { TrialCall, TrialRun } from '../trial.ts'
import { caseFile, runPlace } from './run-place.ts'

export const run05: Rule = {
  id: 'RUN-05',
  severity: 'error',
  stage: 'trial',
  title: 'The extension does only what its manifest declares',
  why: 'The manifest is what administrators consent to. Who tries more than it says is not who it says it is.',
  fix: 'Declare it in package.json, as optional where your code can do without, or take the call out.',
  check: undeclaredCalls,
}

/** A declared scope that an administrator may refuse is no fault: trying it and catching the refusal is good code. */
function* undeclaredCalls({ package: held, trial }: TrialStage): Iterable<Observation> {
  const told = new Set<string>()
  for (const run of trial.runs) {
    if (run.fixture === undefined) continue
    for (const call of run.calls) {
      const message = `${shown(run.fixture)} (${run.handler}) ${wordsOf(call)}, which the manifest does not declare`
      if (call.declared || told.has(message)) continue
      told.add(message)
      yield { message, ...placeOf(held, run, run.fixture) }
    }
  }
}

function wordsOf({ name, scope, host, target }: TrialCall): string {
  if (host !== undefined) return `wants to reach ${shown(host)}`
  if (scope !== undefined) return `calls ${name} with the scope ${scope}`
  return target === undefined ? `calls ${name}` : `calls ${name} for ${shown(target)}`
}

/** A run that was ended by a refusal tells where the call stands. */
function placeOf(held: PackageReport, run: TrialRun, fixture: string) {
  const refused = run.failure && /^(?:PERMISSION|EGRESS)_DENIED$/.test(run.failure.code)
  return refused ? runPlace(held, run) : { file: caseFile(fixture) }
}
