import { fileText } from '../file-text.ts'
import type { Observation } from '../finding.ts'
import type { ManifestStage, Rule } from '../rule.ts'
import { README } from './readme.ts'

/**
 * What a README of `annex init` says that is true of the project of `annex init` only, and a word of that project's
 * code. White space does not count.
 */
const TEMPLATES = [
  { says: 'The stream `items` reads every item of the API, one page at a time', codeHas: 'https://api.example.com' },
  { says: "It takes the spaces off both ends of each record's name.", codeHas: 'NAME_EMPTY' },
]

export const doc02: Rule = {
  id: 'DOC-02',
  severity: 'error',
  stage: 'manifest',
  title: 'The README is of this extension',
  why: 'The text of a new project tells administrators what this extension does not do.',
  fix: 'Write in README.md what the extension does, what it asks for and why.',
  check: templateText,
}

/** As long as the code is that of a new project too, the text is true: somebody is trying things out. */
function* templateText({ manifest, package: { files } }: ManifestStage): Iterable<Observation> {
  const readme = textOf(files.get(README))
  const code = textOf(files.get(manifest.annex.entry))
  const template = TEMPLATES.find(({ says }) => plain(readme).includes(plain(says)))
  if (!template) return
  const message = 'README.md describes a new project of `annex init`'
  if (code.includes(template.codeHas)) yield { message, file: README, severity: 'warning' }
  else yield { message: `${message}, and the code is another`, file: README }
}

function textOf(bytes: Uint8Array | undefined): string {
  return (bytes && fileText(bytes)) ?? ''
}

function plain(text: string): string {
  return text.replace(/\s+/g, ' ')
}
