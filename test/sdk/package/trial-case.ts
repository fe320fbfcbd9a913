import type { PreviousVersion } from '@annex/package/outside'
import type { ManifestChange } from './good-package.ts'

/** What trips a rule about runs, and what comes near and does not. */
export interface TrialCase {
  trips: TrialTry[]
  passes: TrialTry[]
}

/** A project that is built and run. */
export interface TrialTry {
  title: string
  /** What the first finding must name. */
  names?: RegExp
  /** Code before the definition. */
  head?: string
  /** Members of the definition: `async check(ctx) { … }, streams: {}`. */
  members: string
  /** `case.json` by name, as JSON unless it is text. */
  cases?: Record<string, unknown>
  /** What the outside answers, beside the case of the same name: by address, the text or a redirect. */
  recorded?: Record<string, [url: string, answer: string | { location: string }][]>
  manifest?: ManifestChange
  /** Further files of the project. */
  files?: Record<string, string>
  /** Files of the package that are changed after it was packed. */
  tamper?: Record<string, string>
  /** What the version before took: then the part of the rule is tried that needs it. */
  previous?: PreviousVersion['usage']
}

/** The manifest's own part, with more in it. */
export const asking = (more: Record<string, unknown>): { manifest: ManifestChange } => ({
  manifest: ({ annex }) => void Object.assign(annex, more),
})

/** A connector with one action; `body` is what it does with `ctx` and `input`. */
export function acting(title: string, body: string, more: Partial<TrialTry> = {}): TrialTry {
  const members = `async check() { return [] }, streams: {}, actions: { act: { params: {}, async run(ctx, input) { ${body} } } }`
  return { title, members, ...more }
}

/** A case of that action. */
export const act = (input: unknown, expect: unknown) => ({ handler: 'actions.act', input, expect })
