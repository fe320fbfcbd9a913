import { pageTarget } from '@annex/package/rules/page-target'
import { marked } from 'marked'
import { type DefaultTreeAdapterTypes, parseFragment } from 'parse5'

type Node = DefaultTreeAdapterTypes.ChildNode
type Element = DefaultTreeAdapterTypes.Element

const MOST_DEPTH = 64
const MOST_CHARACTERS = 1024 * 1024

/** Elements that a page may have, with the attributes that stay. Whatever is not here goes, its text stays. */
const ALLOWED: Readonly<Record<string, readonly string[]>> = {
  ...Object.fromEntries(
    'h1 h2 h3 h4 h5 h6 p br hr em strong b i u s del ins sub sup code pre kbd samp var blockquote ul li dl dt dd table thead tbody tfoot tr caption details summary figure figcaption abbr cite q small mark div span'
      .split(' ')
      .map((name) => [name, []]),
  ),
  ol: ['start'],
  th: ['align', 'colspan', 'rowspan'],
  td: ['align', 'colspan', 'rowspan'],
  a: ['href', 'title'],
  img: ['src', 'alt', 'title', 'width', 'height'],
}

/** These go with all that is in them: it is no text for people. */
const EMPTIED = new Set(
  'script style template iframe object embed noscript noembed noframes svg math title textarea select xmp plaintext'.split(
    ' ',
  ),
)
const VOID = new Set(['br', 'hr', 'img'])

/**
 * Markdown as HTML that shows and does nothing else. The HTML that comes of it is parsed as browsers do, and written anew
 * from the tree, element by element and attribute by attribute: nothing passes that is not on the list.
 */
export function renderPage(body: string): { html: string } {
  const { markdown, files } = JSON.parse(body) as { markdown: string; files: string }
  const fragment = parseFragment(marked.parse(markdown, { async: false, gfm: true }))
  const written: string[] = []
  let size = 0
  const write = (text: string) => {
    size += text.length
    if (size > MOST_CHARACTERS) throw new RangeError('the page is too large')
    written.push(text)
  }
  for (const node of fragment.childNodes) writeNode(node, files, write, 1)
  return { html: written.join('') }
}

function writeNode(node: Node, files: string, write: (text: string) => void, depth: number): void {
  if (node.nodeName === '#text') return write(escaped((node as DefaultTreeAdapterTypes.TextNode).value))
  if (!('tagName' in node) || EMPTIED.has(node.tagName) || depth > MOST_DEPTH) return
  const { tagName, childNodes } = node
  const kept = Object.hasOwn(ALLOWED, tagName)
  if (kept) write(`<${tagName}${attributesOf(node, files)}>`)
  if (kept && VOID.has(tagName)) return
  for (const child of childNodes) writeNode(child, files, write, depth + 1)
  if (kept) write(`</${tagName}>`)
}

function attributesOf({ tagName, attrs }: Element, files: string): string {
  const allowed = ALLOWED[tagName] ?? []
  const kept = attrs.flatMap(({ name, value, prefix }) => {
    if (prefix || !allowed.includes(name)) return []
    const safe = allowedValue(name, value, files)
    return safe === undefined ? [] : [` ${name}="${escaped(safe)}"`]
  })
  const foreign = tagName === 'a' ? ' rel="nofollow noopener noreferrer ugc"' : ''
  const quiet = tagName === 'img' ? ' loading="lazy" referrerpolicy="no-referrer"' : ''
  return `${kept.join('')}${foreign}${quiet}`
}

function allowedValue(name: string, value: string, files: string): string | undefined {
  if (name === 'href') return linkOf(value)
  if (name === 'src') return imageOf(value, files)
  if (name === 'align') return /^(left|center|right)$/.test(value) ? value : undefined
  if (name === 'title' || name === 'alt') return value
  return /^\d{1,4}$/.test(value) ? value : undefined
}

/** Links lead to the web or to a mail address: a file of the package is no page of the catalog. */
function linkOf(value: string): string | undefined {
  const to = pageTarget(value.trim())
  if (to.kind === 'web') return to.url.href
  return to.kind === 'scheme' && to.scheme === 'mailto' ? value.trim() : undefined
}

function imageOf(value: string, files: string): string | undefined {
  const to = pageTarget(value.trim())
  if (to.kind === 'web') return to.url.protocol === 'https:' ? to.url.href : undefined
  return to.kind === 'file' ? `${files}${to.path.split('/').map(encodeURIComponent).join('/')}` : undefined
}

function escaped(text: string): string {
  return text.replaceAll('&', '&amp;').replaceAll('<', '&lt;').replaceAll('>', '&gt;').replaceAll('"', '&quot;')
}
