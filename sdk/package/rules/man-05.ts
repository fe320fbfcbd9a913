import semver from 'semver'
import type { Observation } from '../finding.ts'
import { MANIFEST_FILE } from '../manifest-file.ts'
import type { OutsideStage, Rule } from '../rule.ts'

const LATEST = 'latest'

export const man05: Rule = {
  id: 'MAN-05',
  severity: 'warning',
  stage: 'outside',
  title: 'A lower version says which channel it is for',
  why: 'Whoever uploads a lower number by mistake believes that everybody gets it, and nobody does.',
  fix: 'Raise `version` in package.json, or name the channel that this back-port is for.',
  outside: orderProblems,
}

/** Below the latest is allowed, for back-ports and beside it in a channel; a channel says that it was meant. */
function orderProblems({ package: { version }, outside }: OutsideStage): Iterable<Observation> | undefined {
  const { versions, latest, channel } = outside
  if (versions === undefined) return undefined
  // It is published already, and only looked at again.
  if (versions.includes(version)) return []
  const where = { file: MANIFEST_FILE, pointer: '/version' }
  if (channel === LATEST && semver.prerelease(version))
    return [
      {
        ...where,
        message: 'a pre-release does not become the latest by itself',
        fix: 'Leave the channel out, or move `latest` by hand once it is published.',
      },
    ]
  const meant = channel !== undefined && channel !== LATEST
  if (meant || latest === undefined || semver.gte(version, latest)) return []
  const message = `without an explicit channel this version, below the latest, ${latest}, will not become the latest`
  return [{ ...where, message }]
}
