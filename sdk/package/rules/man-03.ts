import { type Observation, shown } from '../finding.ts'
import { MANIFEST_FILE } from '../manifest-file.ts'
import { RESERVED_NAMES } from '../reserved-names.ts'
import type { ManifestStage, Rule } from '../rule.ts'
import { lineAt } from '../strict-json.ts'
import { isExtensionName, namePartsOf } from './extension-name.ts'

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
  const { publisher, name } = namePartsOf(manifest.name)
  if (!isExtensionName(manifest.name)) {
    yield { ...where, message: `${shown(manifest.name)} is not of the form @publisher/name` }
    return
  }
  for (const part of [publisher, name]) {
    if (RESERVED_NAMES.has(part)) yield { ...where, message: `${shown(part)} is a reserved word` }
  }
  if (options.publisher !== undefined && options.publisher !== publisher)
    yield { ...where, message: `the upload is for @${options.publisher}, the package is of ${shown(`@${publisher}`)}` }
}
