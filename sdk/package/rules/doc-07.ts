import { lineOf } from '../file-text.ts'
import { type Observation, shown } from '../finding.ts'
import type { LinkAnswer } from '../outside.ts'
import type { ManifestStage, OutsideStage, Rule } from '../rule.ts'
import { markdownReferences } from './markdown-references.ts'
import { pageTarget } from './page-target.ts'
import { README, readmeText } from './readme.ts'

/** Not found, gone, not to be shown: other answers are for robots, or pass. */
const BROKEN = [404, 410, 451]

export const doc07: Rule = {
  id: 'DOC-07',
  severity: 'warning',
  stage: 'manifest',
  title: 'Links lead somewhere, by https',
  why: 'A dead link helps nobody, and can be bought by somebody else; what comes without encryption can be changed on its way.',
  fix: 'Write https addresses that answer. Link only to files that the package has.',
  check: linkProblems,
  outside: brokenLinks,
}

function* linkProblems({ package: held }: ManifestStage): Iterable<Observation> {
  const text = readmeText(held)
  for (const { kind, target, index } of markdownReferences(text).references) {
    // DOC-06 looks at images.
    const problem = kind === 'link' ? linkProblem(target, held.files) : undefined
    if (problem !== undefined) yield { message: `${shown(target)} ${problem}`, file: README, line: lineOf(text, index) }
  }
}

function linkProblem(target: string, files: ReadonlyMap<string, Uint8Array>): string | undefined {
  const to = pageTarget(target)
  if (to.kind === 'web') return to.url.protocol === 'http:' && !isLocal(to.url) ? 'is not https' : undefined
  if (to.kind === 'nowhere') return 'leads nowhere that is the same everywhere'
  return to.kind === 'file' && !holds(files, to.path) ? 'is not in the package' : undefined
}

/** Whoever tries things out at home has no certificate. */
function isLocal({ hostname }: URL): boolean {
  return hostname === 'localhost' || hostname === '[::1]' || /^127\.|\.(localhost|example|test|invalid)$/.test(hostname)
}

function holds(files: ReadonlyMap<string, Uint8Array>, path: string): boolean {
  if (path === '' || files.has(path)) return true
  for (const file of files.keys()) if (file.startsWith(`${path}/`)) return true
  return false
}

function brokenLinks({ outside: { links } }: OutsideStage): Iterable<Observation> | undefined {
  return links?.filter(isBroken).map(({ url, answer }) => ({
    message: `${shown(url)} ${answer === 'unreachable' ? 'cannot be reached' : `answers ${answer}`}`,
    file: README,
  }))
}

function isBroken({ answer }: LinkAnswer): boolean {
  return answer === 'unreachable' || BROKEN.includes(answer)
}
