import type { Observation } from '../finding.ts'
import type { Rule, TrialStage } from '../rule.ts'
import { entryOf, runPlace } from './run-place.ts'

export const run01: Rule = {
  id: 'RUN-01',
  severity: 'error',
  stage: 'trial',
  title: 'The extension loads without any grant',
  why: 'Its code is evaluated for every run, before anybody knows what is asked of it. What fails there, or wants something there, never works.',
  fix: 'Keep the code outside the handlers short, and call nothing there.',
  check: loads,
}

function* loads({ package: held, trial }: TrialStage): Iterable<Observation> {
  const loadings = trial.runs.filter(({ kind }) => kind === 'load')
  for (const run of loadings)
    for (const problem of run.problems)
      yield { message: `on platform ${run.platform}: ${problem}`, ...runPlace(held, run) }
  // Only a trial that was ended by its limits has fewer.
  if (loadings.length < trial.platforms.length)
    yield { message: 'loading it takes all the time that a trial may take', file: entryOf(held.manifest) }
}
