import { lineOf } from '../file-text.ts'
import { type Observation, shown } from '../finding.ts'
import { MANIFEST_FILE } from '../manifest-file.ts'
import type { ManifestStage, Rule } from '../rule.ts'
import { lineAt } from '../strict-json.ts'
import { dangerIn, runsCode } from './dangerous-html.ts'
import { imageFacts, imageType } from './image-facts.ts'
import { markdownReferences } from './markdown-references.ts'
import { pageTarget } from './page-target.ts'
import { README, readmeText } from './readme.ts'

/** Pixels of an icon's side, and bytes. */
const ICON = { least: 64, most: 1024, bytes: 512 * 1024, types: ['PNG', 'SVG', 'WebP'] }
/** Of screenshots and of images in the README. */
const PICTURE = { most: 8192, bytes: 2 * 1024 * 1024, types: ['PNG', 'SVG', 'WebP', 'JPEG', 'GIF'] }

export const doc06: Rule = {
  id: 'DOC-06',
  severity: 'error',
  stage: 'manifest',
  title: 'Pictures and pages show, and do nothing else',
  why: 'The catalog shows them to administrators who are signed in: what they load or run, it runs there.',
  fix: 'Show images of the package or by https. Save drawings as plain SVG. Write code in backticks, not as HTML.',
  check: (context) => [...pageProblems(context), ...iconProblems(context), ...screenshotProblems(context)],
}

function* pageProblems({ package: held }: ManifestStage): Iterable<Observation> {
  const text = readmeText(held)
  const { references, tags } = markdownReferences(text)
  const at = (index: number) => ({ file: README, line: lineOf(text, index) })
  for (const tag of tags) {
    const danger = dangerIn(tag)
    if (danger !== undefined) yield { message: `README.md: ${danger}`, ...at(tag.index) }
  }
  for (const { kind, target, index } of references) {
    const problem = kind === 'image' ? imageProblem(target, held.files) : linkProblem(target)
    if (problem !== undefined) yield { message: `${shown(target)}: ${problem}`, ...at(index) }
  }
}

function linkProblem(target: string): string | undefined {
  return runsCode(target) ? 'the link runs code' : undefined
}

function imageProblem(target: string, files: ReadonlyMap<string, Uint8Array>): string | undefined {
  const to = pageTarget(target)
  if (to.kind === 'web') return to.url.protocol === 'https:' ? undefined : 'the image does not come by https'
  if (to.kind !== 'file') return 'the image is neither of the package nor by https'
  const bytes = files.get(to.path)
  return bytes ? pictureProblem(bytes, PICTURE) : 'the image is not in the package'
}

function* iconProblems({ manifest, package: { files }, place }: ManifestStage): Iterable<Observation> {
  const { icon } = manifest.annex
  // MAN-11 tells of files that are not there.
  const bytes = icon === undefined ? undefined : files.get(icon)
  const problem = bytes && pictureProblem(bytes, { ...ICON, square: true })
  const pointer = '/annex/icon'
  if (problem !== undefined)
    yield { message: `the icon: ${problem}`, file: MANIFEST_FILE, pointer, line: lineAt(place, pointer) }
}

function* screenshotProblems({ manifest, package: { files }, place }: ManifestStage): Iterable<Observation> {
  for (const [index, path] of (manifest.annex.screenshots ?? []).entries()) {
    const bytes = files.get(path)
    const problem = bytes && pictureProblem(bytes, PICTURE)
    const pointer = `/annex/screenshots/${index}`
    if (problem !== undefined)
      yield { message: `${shown(path)}: ${problem}`, file: MANIFEST_FILE, pointer, line: lineAt(place, pointer) }
  }
}

interface PictureLimits {
  types: readonly string[]
  bytes: number
  most: number
  least?: number
  square?: boolean
}

function pictureProblem(bytes: Uint8Array, { types, most, least = 1, ...limits }: PictureLimits): string | undefined {
  const type = imageType(bytes)
  if (type === undefined || !types.includes(type)) return `it is not an image of the types ${types.join(', ')}`
  if (bytes.length > limits.bytes) return `it has ${bytes.length} bytes; at most ${limits.bytes}`
  const facts = imageFacts(bytes, type)
  if ('problem' in facts) return facts.problem
  const { width, height } = facts
  if (limits.square && width !== height) return `it is not square (${width} by ${height})`
  // A drawing has no pixels of its own.
  if (type !== 'SVG' && (Math.min(width, height) < least || Math.max(width, height) > most))
    return `it has ${width} by ${height} pixels; from ${least} to ${most} each way`
  return undefined
}
