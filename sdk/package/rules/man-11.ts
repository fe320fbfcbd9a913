import { readDescription } from '../describe.ts'
import { fileText } from '../file-text.ts'
import { type Observation, shown } from '../finding.ts'
import { PACKAGE_LIMITS as LIMITS } from '../limits.ts'
import { DESCRIBE_FILE, MANIFEST_FILE } from '../manifest-file.ts'
import type { ManifestStage, Rule } from '../rule.ts'
import { lineAt } from '../strict-json.ts'

export const man11: Rule = {
  id: 'MAN-11',
  severity: 'error',
  stage: 'manifest',
  title: 'The entry and its description are there',
  why: 'Without them there is nothing to run and nothing to show.',
  fix: 'Run `annex pack`: it writes the entry that the manifest names, its source map and annex.describe.json.',
  check: (context) => [...entryProblems(context), ...describeProblems(context), ...imageProblems(context)],
}

function* entryProblems({ manifest, package: { files }, place }: ManifestStage): Iterable<Observation> {
  const { entry } = manifest.annex
  const where = { file: MANIFEST_FILE, pointer: '/annex/entry', line: lineAt(place, '/annex/entry') }
  const bytes = files.get(entry)
  if (!entry.endsWith('.js')) yield { ...where, message: `${shown(entry)} is not a .js file` }
  else if (!bytes) yield { ...where, message: `${shown(entry)} is not in the package` }
  else if (bytes.length > LIMITS.entry) yield { ...where, message: `the entry has more than ${LIMITS.entry} bytes` }
  else if (fileText(bytes) === undefined) yield { ...where, message: 'the entry is not UTF-8' }
  else if (fileText(bytes)?.trim() === '') yield { ...where, message: 'the entry is empty' }
}

function* describeProblems({ manifest, package: { files } }: ManifestStage): Iterable<Observation> {
  const bytes = files.get(DESCRIBE_FILE)
  if (!bytes) {
    yield { message: `${DESCRIBE_FILE} is not in the package` }
    return
  }
  const read = readDescription(bytes)
  if (!read.ok) {
    for (const problem of read.problems) yield { ...problem, file: DESCRIBE_FILE }
  } else if (read.description.kind !== manifest.annex.kind)
    yield {
      message: `it describes a ${read.description.kind}, the manifest a ${manifest.annex.kind}`,
      file: DESCRIBE_FILE,
    }
}

function* imageProblems({ manifest, package: { files }, place }: ManifestStage): Iterable<Observation> {
  const { icon, screenshots = [] } = manifest.annex
  const named = screenshots.map((path, index) => ({ path, pointer: `/annex/screenshots/${index}` }))
  if (icon !== undefined) named.push({ path: icon, pointer: '/annex/icon' })
  for (const { path, pointer } of named) {
    if (!files.has(path))
      yield {
        message: `${shown(path)} is not in the package`,
        file: MANIFEST_FILE,
        pointer,
        line: lineAt(place, pointer),
      }
  }
}
