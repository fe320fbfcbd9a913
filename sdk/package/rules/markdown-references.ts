import { decodeEntities } from './decode-entities.ts'
import { destinationEnds } from './destination-ends.ts'
import { type HtmlTag, htmlTags } from './html-tags.ts'
import { maskCode } from './mask-code.ts'

/** What a page leads to, or shows. */
export interface Reference {
  kind: 'image' | 'link'
  target: string
  /** Where it stands in the text. */
  index: number
}

export interface MarkdownReferences {
  references: Reference[]
  /** Raw HTML, in the order of the text. */
  tags: HtmlTag[]
}

/** Destinations longer than this are cut. */
const MAX_TARGET = 2000

/**
 * Images, links and raw HTML of a Markdown text, without what stands in code. The text is read once and never rendered:
 * what is unclear counts as a reference.
 */
export function markdownReferences(text: string): MarkdownReferences {
  const masked = maskCode(text)
  const tags = htmlTags(masked)
  const definitions = definitionsIn(masked)
  const { inline, imageLabels } = inlineReferences(masked)
  const references = [
    ...inline,
    ...definitions.map(
      ({ label, ...rest }): Reference => ({ kind: imageLabels.has(label) ? 'image' : 'link', ...rest }),
    ),
    ...bareAddresses(masked),
    ...tags.flatMap(tagReferences),
  ]
  return { references: unique(references), tags }
}

/** `[text](target)`, `![text](target)`, and the labels of `![text][label]`, `![label]`. */
function inlineReferences(text: string): { inline: Reference[]; imageLabels: Set<string> } {
  const inline: Reference[] = []
  const imageLabels = new Set<string>()
  const ends = destinationEnds(text)
  let open: { at: number; image: boolean }[] = []
  for (let at = 0; at < text.length; at++) {
    const character = text[at]
    if (character === '\\') at++
    else if (character === '\n' && text[at + 1] === '\n') open = []
    else if (character === '[') open.push({ at, image: text[at - 1] === '!' })
    else if (character === ']') {
      const start = open.pop()
      if (!start) continue
      const kind = start.image ? 'image' : 'link'
      const found = text[at + 1] === '(' ? destination(text, at + 1, ends) : undefined
      if (found) inline.push({ kind, target: found, index: start.at })
      else if (start.image) imageLabels.add(labelOf(text, start.at, at))
    }
  }
  return { inline, imageLabels }
}

/** The label that follows, or the text in brackets itself. */
function labelOf(text: string, start: number, end: number): string {
  const follows = /\[([^\]\n]{1,300})\]/y
  follows.lastIndex = end + 1
  return normalLabel(follows.exec(text)?.[1] ?? text.slice(start + 1, Math.min(end, start + 300)))
}

function normalLabel(label: string): string {
  return label.trim().replace(/\s+/g, ' ').toLowerCase()
}

/** Behind the parenthesis at `open`; `undefined` when none can stand there. */
function destination(text: string, open: number, ends: ReadonlyMap<number, number>): string | undefined {
  const start = open + 1 + (text.slice(open + 1, open + 80).match(/^\s*/)?.[0].length ?? 0)
  if (text[start] === '<') {
    const end = text.slice(start, start + MAX_TARGET).search(/[>\n]/)
    return end < 0 ? undefined : target(text.slice(start + 1, start + end))
  }
  // White space before it ended the run of the parenthesis: what follows is a run of its own.
  const run = start > open + 1 ? /^[^\s)]{0,2000}/.exec(text.slice(start, start + MAX_TARGET))?.[0] : undefined
  if (run !== undefined) return target(run)
  const end = ends.get(open)
  return end === undefined ? undefined : target(text.slice(start, Math.min(end, start + MAX_TARGET)))
}

function target(written: string): string {
  return decodeEntities(written.replace(/\\([!-/:-@[-`{-~])/g, '$1')).trim()
}

function definitionsIn(text: string): { label: string; target: string; index: number }[] {
  const lines = /^ {0,3}\[([^\]\n]{1,300})\]:[ \t]{0,20}\n?[ \t]{0,20}(<[^>\n]{0,2000}>|[^\s<]\S{0,2000})/gm
  return Array.from(text.matchAll(lines), ({ index, 1: label = '', 2: written = '' }) => ({
    label: normalLabel(label),
    target: target(written.replace(/^<(.*)>$/, '$1')),
    index,
  }))
}

/** `<https://example.com>` and addresses without any marks, which pages show as links too. */
function bareAddresses(text: string): Reference[] {
  const addresses = /(?<![\w(="'])(?:https?|javascript|vbscript|data):[^\s<>"'`)\]]{2,2000}/gi
  return Array.from(text.matchAll(addresses), ({ index, 0: found }): Reference => {
    return { kind: 'link', target: decodeEntities(found.replace(/[.,;:!?*_]+$/, '')), index }
  }).filter(({ target }) => /^https?:\/\//i.test(target))
}

const IMAGE_ATTRIBUTES: Readonly<Record<string, readonly string[]>> = {
  img: ['src', 'srcset'],
  source: ['src', 'srcset'],
  video: ['poster', 'src'],
  audio: ['src'],
  input: ['src'],
  body: ['background'],
  table: ['background'],
  td: ['background'],
}

function tagReferences({ name, attributes, index }: HtmlTag): Reference[] {
  return attributes.flatMap(([attribute, value]): Reference[] => {
    if (attribute === 'href') return [{ kind: 'link', target: value.trim(), index }]
    if (!IMAGE_ATTRIBUTES[name]?.includes(attribute)) return []
    const targets = attribute === 'srcset' ? value.split(',').map((each) => each.trim().split(/\s+/)[0] ?? '') : [value]
    return targets.map((each) => ({ kind: 'image', target: each.trim(), index }))
  })
}

function unique(references: readonly Reference[]): Reference[] {
  const seen = new Map<string, Reference>()
  for (const reference of references) {
    const key = `${reference.kind} ${reference.target}`
    if (!seen.has(key)) seen.set(key, reference)
  }
  // What is an image as a bare address too is told once.
  return [...seen.values()].filter(({ kind, target }) => kind === 'image' || !seen.has(`image ${target}`))
}
