/** Two to forty characters, no hyphen at an end, none doubled (as in `xn--`, which would be another script's name). */
const SLUG = /^[a-z0-9]+(-[a-z0-9]+){0,19}$/
const MAX_SLUG = 40

/** Whether a text can be the name of a publisher, or of an extension without its publisher. */
export function isSlug(text: string): boolean {
  return text.length >= 2 && text.length <= MAX_SLUG && SLUG.test(text)
}

/** Whether a text is of the form `@publisher/name`. */
export function isExtensionName(text: string): boolean {
  const { publisher, name } = namePartsOf(text)
  return isSlug(publisher) && isSlug(name)
}

/** Both parts of `@publisher/name`; of another text, parts that are no slugs. */
export function namePartsOf(text: string): { publisher: string; name: string } {
  const slash = text.indexOf('/')
  return text.startsWith('@') && slash > 0
    ? { publisher: text.slice(1, slash), name: text.slice(slash + 1) }
    : { publisher: '', name: '' }
}
