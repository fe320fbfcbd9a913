import type { Json, JsonObject } from '@annex/sdk/json'
import { type Observation, shown } from '../finding.ts'
import { MANIFEST_FILE } from '../manifest-file.ts'
import type { ManifestStage, Rule } from '../rule.ts'
import { lineAt } from '../strict-json.ts'

/** Without case, hyphens and underscores. */
const UPDATERS = new Set(
  [
    'updateurl updateuri updatelink updateserver updatesite updatefeed updatefeedurl updatemanifesturl updateendpoint',
    'autoupdate autoupdates autoupdater autoupdateurl selfupdate selfupdater selfupdateurl selfupdating pluginupdater',
  ].flatMap((line) => line.split(' ')),
)
/** Here an author's own words stand: a setting of an extension may well be called so. */
const AUTHORS_OWN = new Set(['config', 'schema', 'freeTier', 'reasons', 'dependencies'])

export const man15: Rule = {
  id: 'MAN-15',
  severity: 'error',
  stage: 'manifest',
  title: 'The extension does not update itself',
  why: 'Code that comes from elsewhere was not checked, not reviewed and not consented to.',
  fix: 'Delete the field. Publish each version here: installations get it by the policy of their organization.',
  check: updaterProblems,
}

function* updaterProblems({ json, place }: ManifestStage): Iterable<Observation> {
  for (const pointer of updaterFields(json))
    yield {
      message: `${shown(pointer)} names a way to update other than the marketplace`,
      file: MANIFEST_FILE,
      pointer: pointer.slice(0, 300),
      line: lineAt(place, pointer),
    }
}

/** At the root, where browsers keep theirs, and anywhere in the platform's part. */
function* updaterFields(json: JsonObject): Iterable<string> {
  yield* namesIn(json, '')
  for (const browsers of ['browser_specific_settings', 'applications']) {
    const gecko = childOf(childOf(json, browsers), 'gecko')
    if (gecko) yield* namesIn(gecko, `/${browsers}/gecko`)
  }
  const annex = childOf(json, 'annex')
  if (annex) yield* fieldsBelow(annex, '/annex')
}

/** The nesting of the manifest is bounded, and so is the recursion. */
function* fieldsBelow(value: Json, pointer: string): Iterable<string> {
  if (typeof value !== 'object' || value === null) return
  if (!Array.isArray(value)) yield* namesIn(value, pointer)
  for (const [key, child] of Object.entries(value))
    if (!AUTHORS_OWN.has(key)) yield* fieldsBelow(child as Json, `${pointer}/${escaped(key)}`)
}

function namesIn(object: JsonObject, pointer: string): string[] {
  return Object.keys(object)
    .filter((key) => UPDATERS.has(key.replace(/[-_]/g, '').toLowerCase()))
    .map((key) => `${pointer}/${escaped(key)}`)
}

function childOf(value: JsonObject | undefined, key: string): JsonObject | undefined {
  const child = value?.[key]
  return typeof child === 'object' && child !== null && !Array.isArray(child) ? child : undefined
}

/** RFC 6901. */
function escaped(name: string): string {
  return name.replaceAll('~', '~0').replaceAll('/', '~1')
}
