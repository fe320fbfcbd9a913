import { structuredPatch } from 'diff'
import type { TextDifference } from './package-difference.ts'

/** What is left to spend on all differences of two packages. */
export interface DifferenceBudget {
  /** Characters of lines that may still be shown. */
  chars: number
  /** Milliseconds that may still be computed. */
  ms: number
}

export const DIFFERENCE_BUDGET: Readonly<DifferenceBudget> = { chars: 2_000_000, ms: 8_000 }

const CONTEXT = 3
const MAX_LINE = 500
const MOST_OF_A_FILE_MS = 2_000
/** Lines added and removed. */
const MAX_EDITS = 20_000

/** The lines in which two texts differ; `undefined`: there is no such file. Spends of the budget. */
export function textDifference(
  path: string,
  before: string | undefined,
  after: string | undefined,
  budget: DifferenceBudget,
): TextDifference | undefined {
  if (before === after) return undefined
  const change = before === undefined ? 'added' : after === undefined ? 'removed' : 'changed'
  const started = performance.now()
  const timeout = Math.max(1, Math.min(MOST_OF_A_FILE_MS, budget.ms))
  const bound = { context: CONTEXT, timeout, maxEditLength: MAX_EDITS }
  const patch = structuredPatch('', '', shortLines(before ?? ''), shortLines(after ?? ''), '', '', bound)
  budget.ms -= performance.now() - started
  const hunks = patch?.hunks ?? [whole(after ?? '')]
  const { fitting, all } = fit(hunks, budget)
  const cut = patch ? (all ? undefined : 'size') : 'different'
  return { path, change, hunks: fitting, ...(cut === undefined ? {} : { cut }) }
}

/** A long line, as minified code has it, is compared and shown in pieces: nothing is left out. */
function shortLines(text: string): string {
  return text
    .split('\n')
    .flatMap((line) => (line.length <= MAX_LINE ? [line] : pieces(line)))
    .join('\n')
}

function pieces(line: string): string[] {
  const count = Math.ceil(line.length / MAX_LINE)
  return Array.from({ length: count }, (_, at) => line.slice(at * MAX_LINE, (at + 1) * MAX_LINE))
}

type Hunk = TextDifference['hunks'][number]

function whole(text: string): Hunk {
  const lines = shortLines(text).split('\n')
  return { oldStart: 1, oldLines: 0, newStart: 1, newLines: lines.length, lines: lines.map((line) => `+${line}`) }
}

const MAX_LINES = 10_000

function fit(hunks: readonly Hunk[], budget: DifferenceBudget): { fitting: Hunk[]; all: boolean } {
  const fitting: Hunk[] = []
  for (const hunk of hunks) {
    const lines: string[] = []
    for (const line of hunk.lines) {
      if (budget.chars < line.length || lines.length >= MAX_LINES) break
      budget.chars -= line.length
      lines.push(line.toWellFormed())
    }
    const { oldStart, oldLines, newStart, newLines } = hunk
    if (lines.length > 0) fitting.push({ oldStart, oldLines, newStart, newLines, lines })
    if (lines.length < hunk.lines.length) return { fitting, all: false }
  }
  return { fitting, all: true }
}
