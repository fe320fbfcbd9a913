import { isAscii } from 'node:buffer'
import { fileText, lineOf } from '../file-text.ts'
import { type Observation, shown } from '../finding.ts'
import { PACKAGE_LIMITS as LIMITS } from '../limits.ts'
import type { FilesStage, Rule } from '../rule.ts'
import { shownPath } from './archive-faults.ts'
import { syntaxOf } from './entry-syntax.ts'
import { hiddenInMap, hiddenInScript } from './hidden-characters.ts'
import type { Stretch } from './minified.ts'
import { turnedPlaces } from './turned-texts.ts'

const CODE = /\.(js|mjs|cjs|ts|mts|cts|jsx|tsx|map)$/i
const MAX_FINDINGS = 10

export const code06: Rule = {
  id: 'CODE-06',
  severity: 'error',
  stage: 'files',
  title: 'Code reads as it runs',
  why: 'Invisible and direction-turning characters make a reviewer read another program than the one that runs.',
  fix: 'Delete the character, or write it as an escape such as \\u200b.',
  check: (context) => [...hiddenInCode(context), ...turnedTexts(context)],
}

function* hiddenInCode({ package: { files } }: FilesStage): Iterable<Observation> {
  let left = MAX_FINDINGS
  const budget = { bytes: LIMITS.entry }
  for (const [path, bytes] of files) {
    const text = CODE.test(path) && !isAscii(bytes) ? fileText(bytes) : undefined
    if (text === undefined) continue
    const found = path.endsWith('.map') ? hiddenInMap(text) : hiddenInScript(text, () => patternsOf(bytes, budget))
    for (const { name, index, source } of found) {
      const where = source === undefined ? '' : `, in the source ${shown(source)}`
      yield {
        message: `there is a hidden character, ${name}${where}`,
        file: shownPath(path),
        line: lineOf(text, index),
      }
      if (--left === 0) return
    }
  }
}

const read = new WeakMap<Uint8Array, Stretch[]>()

/** Where regular expressions stand in a script; nowhere in what does not parse, or is more than the entry may be. */
function patternsOf(bytes: Uint8Array, budget: { bytes: number }): Stretch[] {
  const known = read.get(bytes)
  if (known) return known
  const syntax = bytes.length > budget.bytes ? undefined : syntaxOf(bytes)
  budget.bytes -= bytes.length
  const literals = syntax && 'tree' in syntax ? syntax.tree.nodes('Literal') : []
  const patterns = literals.filter(({ node }) => 'regex' in node).map(({ node: { start, end } }) => ({ start, end }))
  read.set(bytes, patterns)
  return patterns
}

/** In texts that people read, what is hidden may be writing; but nothing may turn what comes after it. */
function* turnedTexts({ package: { files } }: FilesStage): Iterable<Observation> {
  let left = MAX_FINDINGS
  for (const [path, bytes] of files) {
    if (CODE.test(path) || isAscii(bytes)) continue
    const text = fileText(bytes)
    if (text === undefined) continue
    for (const index of turnedPlaces(text)) {
      const message = 'characters turn the direction of the text, and hide how it goes on'
      yield { message, file: shownPath(path), line: lineOf(text, index) }
      if (--left === 0) return
    }
  }
}
