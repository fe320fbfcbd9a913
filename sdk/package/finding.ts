/**
 * error: the package is refused. review: a person must look. warning: shown, and counted in the risk. note: shown.
 */
export type Severity = 'error' | 'review' | 'warning' | 'note'

/** One thing that a rule saw. */
export interface Finding {
  /** The stable id: `PKG-05`. */
  rule: string
  severity: Severity
  /** What is wrong, in one sentence, safe to show: secrets are redacted, control characters escaped. */
  message: string
  /** Path in the package, without `package/`. */
  file?: string
  /** From 1. */
  line?: number
  /** From 1. */
  column?: number
  /** JSON pointer into `file`. */
  pointer?: string
  /** Where the author wrote it, by the package's own source map; `file` and `line` are the place in the package. */
  source?: { file: string; line: number; column: number }
  /** The author's reason why this is as it should be: the finding weighs less, and a reviewer looks at it. */
  waived?: string
  /** How to mend it. */
  fix: string
  /** Anchor of the rule in the documentation: `pkg-05`. */
  docs: string
}

/** What a rule says of one place; the engine adds the rule's own fields. */
export interface Observation {
  message: string
  /** Instead of the rule's own severity. */
  severity?: Severity
  file?: string
  line?: number
  /** From 1. */
  column?: number
  pointer?: string
  fix?: string
}

const MAX_SHOWN = 200

/** Text of a package as a message may show it: on one line, visible, bounded. */
export function shown(text: string): string {
  const cut = text.length > MAX_SHOWN ? `${text.slice(0, MAX_SHOWN)}…` : text
  return visible(JSON.stringify(cut.toWellFormed()))
}

/** What cannot be seen, or turns what stands around it, as its number. */
export function visible(text: string): string {
  return text.replace(
    /[\p{Cc}\p{Cf}\p{Cs}\p{Zl}\p{Zp}\p{Co}\p{Cn}]/gu,
    (character) => `\\u{${(character.codePointAt(0) ?? 0).toString(16)}}`,
  )
}
