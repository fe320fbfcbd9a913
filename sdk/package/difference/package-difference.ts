import { type Static, Type } from '@sinclair/typebox'

const Path = Type.String({ maxLength: 2048 })
const Change = Type.Union([Type.Literal('added'), Type.Literal('removed'), Type.Literal('changed')])

const Hunk = Type.Object({
  oldStart: Type.Integer(),
  oldLines: Type.Integer(),
  newStart: Type.Integer(),
  newLines: Type.Integer(),
  /** As in a unified diff: each begins with a blank, `+`, `-` or a backslash. */
  lines: Type.Array(Type.String(), { maxItems: 10_000 }),
})

/** How a text became another. */
const TextDifference = Type.Object({
  path: Path,
  change: Change,
  hunks: Type.Array(Hunk, { maxItems: 10_000 }),
  /**
   * Why it is not whole: `size`, there is more; `different`, too much is other for lines to be matched, and all of the new
   * text is shown as far as there is room; `unreadable`, it is no text, or no script.
   */
  cut: Type.Optional(Type.Union([Type.Literal('size'), Type.Literal('different'), Type.Literal('unreadable')])),
})
export type TextDifference = Static<typeof TextDifference>

/** What is other in a package than in an earlier one: plain JSON, so that it crosses a process boundary. */
export const PackageDifference = Type.Object({
  files: Type.Array(
    Type.Object({
      path: Path,
      change: Change,
      /** SHA-256 (hex). */
      before: Type.Optional(Type.String({ maxLength: 64 })),
      after: Type.Optional(Type.String({ maxLength: 64 })),
      /** Bytes. */
      size: Type.Integer(),
    }),
    { maxItems: 4000 },
  ),
  /** package.json, README, CHANGELOG, licence: the texts beside the code. */
  texts: Type.Array(TextDifference, { maxItems: 4000 }),
  /** The author's files, from `src/` and from the source map of the entry. A map can lie: see `bundle`. */
  sources: Type.Array(TextDifference, { maxItems: 4000 }),
  /** What really runs, both printed in one way; absent when nothing of it is other. */
  bundle: Type.Optional(TextDifference),
})
export type PackageDifference = Static<typeof PackageDifference>
