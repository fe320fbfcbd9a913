import { decodeEntities } from './decode-entities.ts'

/** An opening tag as a browser would take it. */
export interface HtmlTag {
  /** Lower case. */
  name: string
  /** Names in lower case, values decoded. */
  attributes: [name: string, value: string][]
  index: number
}

/** Longer tags are cut there. */
const MAX_TAG = 8192
const ATTRIBUTE =
  /[\s/]*([^\s"'<>/=][^\s<>/=]{0,199})(?:\s{0,200}=\s{0,200}(?:"([^"]*)"|'([^']*)'|([^\s"'>][^\s>]*))?)?/y

/**
 * Every opening tag of a text, read as loosely as browsers read: attributes without spaces between them, without quotes,
 * without an end. Comments count as text, since readers differ in where they end.
 */
export function htmlTags(text: string): HtmlTag[] {
  const tags: HtmlTag[] = []
  const opening = /<([a-z][a-z0-9:-]{0,63})(?=[\s/>]|$)/gi
  for (let found = opening.exec(text); found; found = opening.exec(text)) {
    const from = opening.lastIndex
    const { attributes, read } = attributesOf(text.slice(from, from + MAX_TAG))
    tags.push({ name: (found[1] ?? '').toLowerCase(), attributes, index: found.index })
    opening.lastIndex = from + read
  }
  return tags
}

function attributesOf(text: string): { attributes: HtmlTag['attributes']; read: number } {
  const attributes: HtmlTag['attributes'] = []
  let at = 0
  while (at < text.length) {
    ATTRIBUTE.lastIndex = at
    const found = ATTRIBUTE.exec(text)
    if (!found) break
    const [whole, name = '', double, single, bare] = found
    attributes.push([name.toLowerCase(), decodeEntities(double ?? single ?? bare ?? '')])
    at += whole.length
  }
  return { attributes, read: at }
}
