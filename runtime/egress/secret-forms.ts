import { type BoundInjection, placeholdersOf, renderTemplate } from './inject-credentials.ts'

/** Shorter values occur by chance: masking them would damage data more than it would hide. */
const MIN_SECRET_LENGTH = 4

/**
 * The byte patterns by which an upstream's echo shows the secrets of `injections`: as they are, backwards, and as URLs,
 * forms, JSON, HTML, hex, base64 (at each of its three alignments) and UTF-16 write them. The letters' case does not
 * matter to who looks for them. The part of a `basic` template before the colon is a name, not a secret: masking
 * "dupont" would change people's records. What a client certificate needs never reaches the upstream.
 */
export function secretForms(injections: readonly BoundInjection[]): Uint8Array[] {
  const forms = new Set<string>()
  for (const secret of new Set(injections.flatMap(secretsOf))) {
    if (secret.length >= MIN_SECRET_LENGTH) for (const form of formsOf(secret)) forms.add(form)
  }
  return [...forms].filter((form) => form.length >= MIN_SECRET_LENGTH).map((form) => Buffer.from(form, 'latin1'))
}

function secretsOf(bound: BoundInjection): string[] {
  const { injection, values } = bound
  if (injection.in === 'mtls') return []
  const { template } = injection
  const colon = injection.in === 'basic' ? template.indexOf(':') : -1
  const names = placeholdersOf(colon < 0 ? template : template.slice(colon))
  const secrets = names.flatMap((name) => (Object.hasOwn(values, name) ? [values[name] ?? ''] : []))
  if (injection.in !== 'basic') return secrets
  const text = renderTemplate(injection.template, values)
  // The token is what an echo of the header shows, and may be encoded once more.
  return typeof text === 'string' ? [...secrets, Buffer.from(text).toString('base64')] : secrets
}

/** Each form in characters of one byte. */
function formsOf(secret: string): string[] {
  const utf8 = Buffer.from(secret)
  const isLatin1 = /^[\0-\xff]*$/.test(secret)
  // In a header its characters are bytes, in a URL and in most bodies they are UTF-8.
  const wires = isLatin1 ? [utf8, Buffer.from(secret, 'latin1')] : [utf8]
  return [...textForms(secret).map(asUtf8), ...wires.flatMap(byteForms), wide(secret)]
}

function asUtf8(text: string): string {
  return Buffer.from(text).toString('latin1')
}

function textForms(secret: string): string[] {
  const json = JSON.stringify(secret).slice(1, -1)
  return [
    encodeURIComponent(secret.toWellFormed()),
    new URLSearchParams([['', secret]]).toString().slice(1),
    json,
    json.replaceAll('/', '\\/'),
    json.replace(/[<>&'+\u007f-\uffff]/g, unicodeEscape),
    secret.replace(/[&<>"']/g, (character) => HTML_NAMES[character] ?? character),
    secret.replace(/[&<>"']/g, (character) => `&#${character.charCodeAt(0)};`),
    secret.replace(/[&<>"']/g, (character) => `&#x${character.charCodeAt(0).toString(16)};`),
  ]
}

const HTML_NAMES: Readonly<Record<string, string>> = {
  '&': '&amp;',
  '<': '&lt;',
  '>': '&gt;',
  '"': '&quot;',
  "'": '&#39;',
}

function unicodeEscape(character: string): string {
  return `\\u${character.charCodeAt(0).toString(16).padStart(4, '0')}`
}

function byteForms(bytes: Buffer): string[] {
  const hex = bytes.toString('hex')
  return [
    bytes.toString('latin1'),
    Buffer.from(bytes).reverse().toString('latin1'),
    hex,
    hex.replace(/../g, '%$&'),
    ...base64Forms(bytes),
  ]
}

/** UTF-16 in either byte order: what both have in common. */
function wide(secret: string): string {
  return Buffer.from(secret, 'utf16le').subarray(0, -1).toString('latin1')
}

/** Inside a longer text a secret starts at one of three places within a group; its edges mix with the neighbours. */
function base64Forms(secret: Buffer): string[] {
  return [0, 1, 2].flatMap((offset) => {
    const bytes = Buffer.concat([Buffer.alloc(offset), secret])
    const text = bytes.toString('base64').replace(/=+$/, '')
    const start = Math.ceil((offset * 8) / 6)
    const end = Math.floor((bytes.length * 8) / 6)
    const inner = text.slice(start, end)
    return [inner, inner.replaceAll('+', '-').replaceAll('/', '_')]
  })
}
