import { type Observation, shown } from '../finding.ts'
import type { OutsideStage, Rule, TrialStage } from '../rule.ts'
import type { TrialUsage } from '../trial.ts'
import { caseFile } from './run-place.ts'

export const run04: Rule = {
  id: 'RUN-04',
  severity: 'warning',
  stage: 'trial',
  title: 'The extension is well within its limits',
  why: 'Real data are larger than fixtures: what is near a limit here fails there. And what costs much more than before often does so by mistake.',
  fix: 'Do less in one step: read page by page, ask for more records at a time, and let go of what is done.',
  check: farFromLimits,
  outside: notMuchMore,
}

const NAMES: Record<keyof TrialUsage, string> = {
  cpuMs: 'computing time',
  memory: 'memory',
  hostCalls: 'host calls',
  fetches: 'requests',
}

/** What a machine that is busy otherwise, or a first run, may take more: less than this is no growth. */
const NOISE: TrialUsage = { cpuMs: 150, memory: 48 * 1024 * 1024, hostCalls: 10, fetches: 5 }

/** Without the amounts: a report says the same of the same package. */
function* farFromLimits({ trial: { runs } }: TrialStage): Iterable<Observation> {
  const told = new Set<string>()
  for (const { fixture, handler, usage, limits } of runs) {
    if (fixture === undefined) continue
    for (const what of namesOf()) {
      const message = `${shown(fixture)} (${handler}) takes more than half of the ${NAMES[what]} that a step may take`
      if (usage[what] * 2 <= limits[what] || told.has(message)) continue
      told.add(message)
      yield { message, file: caseFile(fixture) }
    }
  }
}

function notMuchMore({ outside: { usage, previous } }: OutsideStage): Iterable<Observation> | undefined {
  const before = previous?.usage
  return usage && before && growth(usage, before, previous.version)
}

type Usages = Readonly<Record<string, TrialUsage>>

function* growth(now: Usages, before: Usages, version: string): Iterable<Observation> {
  for (const [fixture, usage] of Object.entries(now)) {
    const earlier = Object.hasOwn(before, fixture) ? before[fixture] : undefined
    if (!earlier) continue
    for (const what of namesOf())
      if (usage[what] > 2 * earlier[what] && usage[what] - earlier[what] > NOISE[what])
        yield {
          message: `${shown(fixture)} takes more than twice the ${NAMES[what]} that it took in version ${version}`,
          file: caseFile(fixture),
        }
  }
}

function namesOf() {
  return Object.keys(NAMES) as (keyof TrialUsage)[]
}
