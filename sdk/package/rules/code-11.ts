import semver from 'semver'
import { type Observation, type Severity, shown } from '../finding.ts'
import { DESCRIBE_FILE } from '../manifest-file.ts'
import type { Advisory } from '../outside.ts'
import type { OutsideStage, Rule } from '../rule.ts'

export const code11: Rule = {
  id: 'CODE-11',
  severity: 'warning',
  stage: 'outside',
  title: 'The libraries in the bundle have no known faults',
  waivable: true,
  why: 'A fault that is published is tried on everybody who has it.',
  fix: 'Update the library, run `annex pack` again, and release a new version.',
  outside: faultyLibraries,
}

type Library = OutsideStage['package']['libraries'][number]

function faultyLibraries({ package: { libraries }, outside: { advisories } }: OutsideStage): Observation[] | undefined {
  if (!advisories) return undefined
  const byLibrary = Map.groupBy(advisories, ({ library }) => library)
  return libraries.flatMap((library) =>
    (byLibrary.get(library.name) ?? []).flatMap((advisory) => {
      const severity = severityOf(library, advisory)
      return severity === undefined ? [] : [observe(library, advisory, severity)]
    }),
  )
}

/** `undefined`: this version does not have it. What cannot be compared is for a person to look at. */
function severityOf({ version }: Library, { affected, severity }: Advisory): Severity | undefined {
  if (semver.validRange(affected) === null || semver.valid(version) === null) return 'review'
  if (!semver.satisfies(version, affected, { includePrerelease: true })) return undefined
  return severity === 'critical' || severity === 'high' ? 'error' : 'warning'
}

function observe(
  { name, version }: Library,
  { id, severity, summary, affected }: Advisory,
  weight: Severity,
): Observation {
  const library = shown(`${name}@${version}`)
  const message =
    weight === 'review'
      ? `${library} cannot be compared with ${shown(affected)}, the versions of ${shown(id)}`
      : `${library} has a fault, ${severity}, ${shown(id)}: ${shown(summary)}`
  return { message, severity: weight, file: DESCRIBE_FILE, pointer: '/libraries' }
}
