import { codeOf, type ExtractedCode, soundPackage } from '../extract-code.ts'
import { fileText } from '../file-text.ts'
import { sha256 } from '../package-files.ts'
import type { ReadPackage } from '../read-package.ts'
import { normalScript } from './normal-script.ts'
import type { PackageDifference, TextDifference } from './package-difference.ts'
import { DIFFERENCE_BUDGET, type DifferenceBudget, textDifference } from './text-difference.ts'

interface Side {
  held: ReadPackage
  code: ExtractedCode
}

const SOURCE = /^src\//
const TEXT = /(^|\/)(package\.json|[^/]+\.(md|txt|json)|LICEN[CS]E)$/i
const MAX_SOURCES = 2000

/** What is other in a package; throws for bytes that could never have passed. What matters most is compared first. */
export function comparePackages(before: Uint8Array, after: Uint8Array): PackageDifference {
  const [was, is] = [sideOf(before), sideOf(after)]
  const budget = { ...DIFFERENCE_BUDGET }
  const bundle = bundleDifference(was.code, is.code, budget)
  const sources = each(sourcesOf(was), sourcesOf(is), budget)
  const texts = each(textsOf(was.held), textsOf(is.held), budget)
  return { files: fileChanges(was.held, is.held), texts, sources, ...(bundle && { bundle }) }
}

function sideOf(bytes: Uint8Array): Side {
  const held = soundPackage(bytes)
  return { held, code: codeOf(held) }
}

function fileChanges(was: ReadPackage, is: ReadPackage): PackageDifference['files'] {
  const paths = [...new Set([...was.files.keys(), ...is.files.keys()])].sort()
  return paths.flatMap((path) => {
    const [old, now] = [was.files.get(path), is.files.get(path)]
    const [before, after] = [old && sha256(old), now && sha256(now)]
    if (before === after) return []
    const change = before === undefined ? 'added' : after === undefined ? 'removed' : 'changed'
    const size = (now ?? old)?.length ?? 0
    return [{ path, change, size, ...(before && { before }), ...(after && { after }) }]
  })
}

function bundleDifference(was: ExtractedCode, is: ExtractedCode, budget: DifferenceBudget): TextDifference | undefined {
  if (was.source === is.source) return undefined
  const [before, after] = [printed(was.source), printed(is.source)]
  // Where one cannot be printed, both are compared as they are: like with like.
  if (before !== undefined && after !== undefined) return textDifference('bundle', before, after, budget)
  const plain = textDifference('bundle', was.source, is.source, budget)
  return plain && { ...plain, cut: 'unreadable' }
}

function printed(source: string): string | undefined {
  try {
    return normalScript(source)
  } catch (error) {
    // An entry that passed is a script; one that is nested deeper than the parser goes is shown as it is.
    if (error instanceof SyntaxError || error instanceof RangeError) return undefined
    throw error
  }
}

/** By path: from the map what the package does not carry itself. */
function sourcesOf({ held, code }: Side): Map<string, string | undefined> {
  const carried = [...held.files].filter(([path]) => SOURCE.test(path))
  const own = carried.map(([path, bytes]) => [path, fileText(bytes)] as const)
  return new Map([...mapped(code), ...own].slice(0, MAX_SOURCES))
}

function mapped({ sourceMap }: ExtractedCode): [string, string][] {
  const map = parsed(sourceMap)
  const { sources, sourcesContent } = map
  if (!Array.isArray(sources) || !Array.isArray(sourcesContent)) return []
  return sources.slice(0, MAX_SOURCES).flatMap((name: unknown, index): [string, string][] => {
    const content: unknown = sourcesContent[index]
    if (typeof name !== 'string' || typeof content !== 'string' || name.includes('node_modules/')) return []
    return [
      [
        name
          .replace(/^(\.\.?\/)+/, '')
          .slice(0, 1000)
          .toWellFormed(),
        content,
      ],
    ]
  })
}

function parsed(text: string | undefined): { sources?: unknown; sourcesContent?: unknown } {
  try {
    const map: unknown = JSON.parse(text ?? '{}')
    return typeof map === 'object' && map !== null ? map : {}
  } catch {
    // CODE-07 has told of a map that is none; there are no sources in it.
    return {}
  }
}

function textsOf({ files }: ReadPackage): Map<string, string | undefined> {
  const texts = [...files].filter(([path]) => TEXT.test(path) && !SOURCE.test(path))
  return new Map(texts.map(([path, bytes]) => [path, fileText(bytes)]))
}

/** A file that is there and no text has the value `undefined`. */
function each(
  was: ReadonlyMap<string, string | undefined>,
  is: ReadonlyMap<string, string | undefined>,
  budget: DifferenceBudget,
): TextDifference[] {
  const paths = [...new Set([...was.keys(), ...is.keys()])].sort()
  return paths.flatMap((path): TextDifference[] => {
    const unread = (was.has(path) && was.get(path) === undefined) || (is.has(path) && is.get(path) === undefined)
    if (unread) return [{ path, change: 'changed', hunks: [], cut: 'unreadable' }]
    const difference = textDifference(path, was.get(path), is.get(path), budget)
    return difference ? [difference] : []
  })
}
