import { fileText } from '../file-text.ts'
import type { Observation } from '../finding.ts'
import type { FilesStage, Rule } from '../rule.ts'

const MIN_CHARACTERS = 100

export const doc01: Rule = {
  id: 'DOC-01',
  severity: 'error',
  stage: 'files',
  title: 'There is a README',
  why: 'It is the page of the extension in the catalog, and what an administrator decides by.',
  fix: `Write README.md: what the extension does, what it needs, how it is set up. At least ${MIN_CHARACTERS} characters.`,
  check: readmeProblems,
}

function* readmeProblems({ package: { files } }: FilesStage): Iterable<Observation> {
  const bytes = files.get('README.md')
  if (!bytes) yield { message: 'README.md is not in the package' }
  else if ((fileText(bytes)?.replace(/\s/g, '').length ?? 0) < MIN_CHARACTERS)
    yield { message: `README.md has fewer than ${MIN_CHARACTERS} characters, or is not UTF-8`, file: 'README.md' }
}
