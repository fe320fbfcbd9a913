import { fileText } from '../file-text.ts'

export interface SvgElement {
  /** As written; SVG knows upper and lower case. */
  name: string
  attributes: ReadonlyMap<string, string>
  /** Text directly in it. */
  text: string
}

const MAX_ELEMENTS = 20_000
const MAX_DEPTH = 64
const NAME = /[A-Za-z_][\w.:-]{0,99}/y
const ATTRIBUTE = /\s+([A-Za-z_][\w.:-]{0,99})\s*=\s*(?:"([^"<]*)"|'([^'<]*)')/y
const TAG_END = /\s*(\/?)>/y

/**
 * The elements of an SVG file in their order, read as the small part of XML that drawings need: elements, attributes,
 * text, comments. No document type, entities of its own, instructions or CDATA: whatever readers differ in is refused.
 */
export function readSvg(bytes: Uint8Array): { elements: SvgElement[] } | { problem: string } {
  const text = fileText(bytes)
  if (text === undefined) return { problem: 'it is not UTF-8' }
  try {
    return { elements: new Reader(text).read() }
  } catch (error) {
    if (error instanceof SvgFault) return { problem: error.message }
    throw error
  }
}

class SvgFault extends Error {}

class Reader {
  readonly #text: string
  readonly #elements: SvgElement[] = []
  readonly #open: SvgElement[] = []
  #at = 0

  constructor(text: string) {
    this.#text = text.replace(/^\ufeff?(<\?xml[ \t\r\n][^?<>]{1,200}\?>)?/, '')
  }

  read(): SvgElement[] {
    while (this.#at < this.#text.length) {
      if (this.#text[this.#at] === '<') this.#markup()
      else this.#content()
    }
    if (this.#open.length > 0 || this.#elements.length === 0) throw new SvgFault('it ends too early')
    return this.#elements
  }

  #markup(): void {
    if (this.#text.startsWith('<!--', this.#at)) this.#comment()
    else if (this.#text.startsWith('</', this.#at)) this.#close()
    else if (this.#text.startsWith('<!', this.#at) || this.#text.startsWith('<?', this.#at))
      throw new SvgFault('it has a document type, an instruction or CDATA; export it as plain SVG')
    else this.#element()
  }

  #comment(): void {
    const end = this.#text.indexOf('--', this.#at + 4)
    if (end < 0 || this.#text[end + 2] !== '>') throw new SvgFault('a comment of it does not end')
    this.#at = end + 3
  }

  #content(): void {
    const next = this.#text.indexOf('<', this.#at)
    const text = decoded(this.#text.slice(this.#at, next < 0 ? undefined : next))
    const parent = this.#open.at(-1)
    if (parent) parent.text += text
    else if (text.trim() !== '') throw new SvgFault('text stands outside its elements')
    this.#at = next < 0 ? this.#text.length : next
  }

  #element(): void {
    const name = this.#take(NAME, 1)?.[0]
    if (name === undefined) throw new SvgFault('a < stands alone')
    const attributes = new Map<string, string>()
    for (let found = this.#take(ATTRIBUTE); found; found = this.#take(ATTRIBUTE)) {
      const [, key = '', double, single] = found
      if (attributes.has(key)) throw new SvgFault(`an element has ${key} twice`)
      attributes.set(key, decoded(double ?? single ?? ''))
    }
    const end = this.#take(TAG_END)
    if (!end) throw new SvgFault(`the element ${name} is broken`)
    if (this.#open.length === 0 && this.#elements.length > 0) throw new SvgFault('it has two roots')
    const element = { name, attributes, text: '' }
    this.#elements.push(element)
    if (end[1] === '') this.#open.push(element)
    if (this.#elements.length > MAX_ELEMENTS || this.#open.length > MAX_DEPTH)
      throw new SvgFault('it has too many elements, or they are nested too deeply')
  }

  #close(): void {
    const name = this.#take(NAME, 2)?.[0]
    const end = this.#take(TAG_END)
    if (name === undefined || !end || end[1] !== '' || this.#open.pop()?.name !== name)
      throw new SvgFault('its elements do not close in order')
  }

  #take(expression: RegExp, skip = 0): RegExpExecArray | null {
    expression.lastIndex = this.#at + skip
    const found = expression.exec(this.#text)
    if (found) this.#at = expression.lastIndex
    return found
  }
}

const PREDEFINED: Readonly<Record<string, string>> = { amp: '&', lt: '<', gt: '>', quot: '"', apos: "'" }

function decoded(text: string): string {
  return text.replace(/&([^;]{0,12});?/g, (written, name: string) => {
    const known = PREDEFINED[name]
    if (known !== undefined && written.endsWith(';')) return known
    const code = /^#(?:x([0-9a-f]{1,6})|([0-9]{1,7}))$/i.exec(name)
    const value = code ? Number.parseInt(code[1] ?? code[2] ?? '', code[1] === undefined ? 10 : 16) : 0
    if (!written.endsWith(';') || value < 1 || value > 0x10ffff) throw new SvgFault('it has an unknown entity')
    return String.fromCodePoint(value)
  })
}
