import type { HtmlTag } from './html-tags.ts'

/** Elements that run, load or post something, or make what follows mean something else. */
const DANGEROUS = new Set(
  [
    'applet base embed form frame frameset iframe input link math meta noscript object portal script style svg',
    'template textarea title xmp plaintext',
  ].flatMap((line) => line.split(' ')),
)

/** Words that are shown, and links, which are references like those of Markdown. */
const SHOWN = new Set(['alt', 'title', 'href'])

/** What is dangerous in a tag, if anything is. */
export function dangerIn({ name, attributes }: HtmlTag): string | undefined {
  if (DANGEROUS.has(name)) return `<${name}> is not allowed`
  for (const [attribute, value] of attributes) {
    // Whoever asks looks at links and images for themselves.
    if (SHOWN.has(attribute)) continue
    if (/^on[a-z]/.test(attribute)) return `the attribute ${attribute} runs code`
    if (['srcdoc', 'formaction', 'action', 'ping'].includes(attribute))
      return `the attribute ${attribute} is not allowed`
    if (attribute === 'style' && /url\s*\(|expression\s*\(|@import|\\/i.test(value))
      return 'a style loads something from elsewhere'
    if (runsCode(value)) return `the attribute ${attribute} runs code`
  }
  return undefined
}

/** Whether following an address runs it. Browsers skip white space and controls in the scheme. */
export function runsCode(target: string): boolean {
  // biome-ignore lint/suspicious/noControlCharactersInRegex: they are what is looked for.
  const bare = target.replace(/[\u0000-\u0020\u00a0]+/g, '')
  return /^((javascript|vbscript|livescript|mocha):|data:(?!image\/(png|gif|jpeg|webp)[;,]))/i.test(bare)
}
