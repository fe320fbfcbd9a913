import { type Observation, shown } from '../finding.ts'
import type { Rule, TrialStage } from '../rule.ts'
import { runPlace } from './run-place.ts'

export const run03: Rule = {
  id: 'RUN-03',
  severity: 'error',
  stage: 'trial',
  title: 'The extension works on every platform that it covers',
  why: 'It can be installed wherever the range of its manifest says, also where a newer call is not there yet.',
  fix: 'Ask whether a newer call is there before it is used (`ctx.kv.getMany?.(…)`), or narrow annex.platform.',
  check: worksEverywhere,
}

function* worksEverywhere({ package: held, trial: { runs } }: TrialStage): Iterable<Observation> {
  for (const run of runs) {
    const { fixture, platform } = run
    if (fixture === undefined || run.ok) continue
    const passed = runs.find((other) => other.fixture === fixture && other.ok)
    if (!passed) continue
    const [why = 'it fails'] = run.problems
    yield {
      message: `${shown(fixture)} passes on platform ${passed.platform} and not on ${platform}: ${why}`,
      ...runPlace(held, run),
    }
  }
}
