import { type Observation, shown } from '../finding.ts'
import { MANIFEST_FILE } from '../manifest-file.ts'
import type { ManifestStage, Rule } from '../rule.ts'
import { lineAt } from '../strict-json.ts'

/** Two to forty characters, no hyphen at an end, none doubled (as in `xn--`, which would be another script's name). */
const SLUG = /^[a-z0-9]+(-[a-z0-9]+){0,19}$/
const MAX_SLUG = 40
/** Words that would make an address or a name speak for the platform itself. */
const RESERVED = new Set(
  'admin annex api auth console docs health marketplace me metrics node null official openapi platform root sdk static support system undefined www'.split(
    ' ',
  ),
)

export const man03: Rule = {
  id: 'MAN-03',
  severity: 'error',
  stage: 'manifest',
  title: 'The name is @publisher/name',
  why: 'The name is the address of an extension, and says who answers for it.',
  fix: 'Use lower-case letters, digits and single hyphens, 2 to 40 characters for each part.',
  check: nameProblems,
}

function* nameProblems({ manifest, options, place }: ManifestStage): Iterable<Observation> {
  const where = { file: MANIFEST_FILE, pointer: '/name', line: lineAt(place, '/name') }
  const [scope = '', name = '', ...rest] = manifest.name.split('/')
  const publisher = scope.slice(1)
  if (!scope.startsWith('@') || rest.length > 0 || !isSlug(publisher) || !isSlug(name)) {
    yield { ...where, message: `${shown(manifest.name)} is not of the form @publisher/name` }
    return
  }
  for (const part of [publisher, name]) {
    if (RESERVED.has(part)) yield { ...where, message: `${shown(part)} is a reserved word` }
  }
  if (options.publisher !== undefined && options.publisher !== publisher)
    yield { ...where, message: `the upload is for @${options.publisher}, the package is of ${shown(`@${publisher}`)}` }
}

function isSlug(text: string): boolean {
  return text.length >= 2 && text.length <= MAX_SLUG && SLUG.test(text)
}
