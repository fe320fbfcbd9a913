import type { ScopeRequest } from '@annex/sdk/manifest'
import type { Static } from '@sinclair/typebox'
import type { Observation } from '../finding.ts'
import { MANIFEST_FILE } from '../manifest-file.ts'
import type { ManifestStage, Rule } from '../rule.ts'
import { lineAt } from '../strict-json.ts'

const INVISIBLE = /[\p{Cc}\p{Cf}\p{Cs}\p{Co}\p{Cn}\p{Zl}\p{Zp}\p{Default_Ignorable_Code_Point}]/u
const VISIBLE = /[\p{L}\p{N}\p{P}\p{S}]/gu
/** Scripts whose letters pass for each other's. */
const LOOKALIKE = [
  /\p{Script=Latin}/u,
  /\p{Script=Cyrillic}/u,
  /\p{Script=Greek}/u,
  /\p{Script=Armenian}/u,
  /\p{Script=Cherokee}/u,
]

export const man13: Rule = {
  id: 'MAN-13',
  severity: 'error',
  stage: 'manifest',
  title: 'What people decide by is what it looks like',
  why: 'People choose by the name and consent by the reasons; invisible or borrowed letters make one text pass for another.',
  fix: 'Use visible characters only; in a name at least two, and letters of one script in a word.',
  check: (context) => [...displayNames(context), ...consentTexts(context)],
}

type Named = readonly [text: string | undefined, pointer: string]

function* displayNames({ manifest, place }: ManifestStage): Iterable<Observation> {
  const names = Object.entries(manifest.annex.locales ?? {}).map(
    ([locale, texts]): Named => [texts.displayName, `/annex/locales/${locale}/displayName`],
  )
  const all: Named[] = [[manifest.annex.displayName, '/annex/displayName'], ...names]
  for (const [name, pointer] of all) {
    const message = name === undefined ? undefined : problem(name)
    if (message !== undefined) yield { message, file: MANIFEST_FILE, pointer, line: lineAt(place, pointer) }
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
    if (INVISIBLE.test(text)) yield { message, file: MANIFEST_FILE, pointer, line: lineAt(place, pointer) }
}

/** The reasons, and the values that the conditions name. */
function scopeTexts(requests: readonly Static<typeof ScopeRequest>[], pointer: string): Named[] {
  return requests.flatMap(({ reason, conditions = [] }, at): Named[] => [
    [reason, `${pointer}/${at}/reason`],
    ...conditions.flatMap(({ value }) => value).map((value): Named => [String(value), `${pointer}/${at}/conditions`]),
  ])
}

function problem(name: string): string | undefined {
  if (INVISIBLE.test(name)) return 'the name has control or invisible characters'
  if ((name.match(VISIBLE)?.length ?? 0) < 2) return 'the name has fewer than two visible characters'
  const mixed = name
    .split(/[^\p{L}\p{M}\p{N}]/u)
    .some((word) => LOOKALIKE.filter((script) => script.test(word)).length > 1)
  return mixed ? 'a word of the name mixes letters of scripts that look alike' : undefined
}
