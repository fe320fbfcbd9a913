import type { ScopeRequest } from '@annex/sdk/manifest'
import type { Static } from '@sinclair/typebox'
import type { Observation } from '../finding.ts'
import { MANIFEST_FILE } from '../manifest-file.ts'
import type { ManifestStage, Rule } from '../rule.ts'
import { lineAt } from '../strict-json.ts'
import { hasHidden, nameProblem } from './name-problem.ts'

export const man13: Rule = {
  id: 'MAN-13',
  severity: 'error',
  stage: 'manifest',
  title: 'What people decide by is what it looks like',
  why: 'People choose by the name and consent by the reasons; invisible or borrowed letters make one text pass for another.',
  fix: 'Use visible characters only; in a name at least two, plain letters, and those of one script in a word.',
  check: (context) => [...displayNames(context), ...consentTexts(context)],
}

type Named = readonly [text: string | undefined, pointer: string]

function* displayNames({ manifest, place }: ManifestStage): Iterable<Observation> {
  const names = Object.entries(manifest.annex.locales ?? {}).map(
    ([locale, texts]): Named => [texts.displayName, `/annex/locales/${locale}/displayName`],
  )
  const all: Named[] = [[manifest.annex.displayName, '/annex/displayName'], ...names]
  for (const [name, pointer] of all) {
    const found = name === undefined ? undefined : nameProblem(name)
    if (found) yield { ...found, file: MANIFEST_FILE, pointer, line: lineAt(place, pointer) }
  }
}

function* consentTexts({ manifest: { annex }, place }: ManifestStage): Iterable<Observation> {
  const { required = [], optional = [] } = annex.permissions ?? {}
  const texts = [
    ...scopeTexts(required, '/annex/permissions/required'),
    ...scopeTexts(optional, '/annex/permissions/optional'),
    ...(annex.egress ?? []).map(({ reason }, at): Named => [reason, `/annex/egress/${at}/reason`]),
    ...Object.entries(annex.locales ?? {}).flatMap(([locale, { reasons = {} }]) =>
      Object.values(reasons).map((reason): Named => [reason, `/annex/locales/${locale}/reasons`]),
    ),
  ]
  const message = 'a text that people consent by has control or invisible characters'
  for (const [text = '', pointer] of texts)
    if (hasHidden(text)) yield { message, file: MANIFEST_FILE, pointer, line: lineAt(place, pointer) }
}

/** The reasons, and the values that the conditions name. */
function scopeTexts(requests: readonly Static<typeof ScopeRequest>[], pointer: string): Named[] {
  return requests.flatMap(({ reason, conditions = [] }, at): Named[] => [
    [reason, `${pointer}/${at}/reason`],
    ...conditions.flatMap(({ value }) => value).map((value): Named => [String(value), `${pointer}/${at}/conditions`]),
  ])
}
