import { type BoundInjection, placeholdersOf } from './inject-credentials.ts'

/** Takes every known secret out of what an upstream sends back. */
export interface Redactor {
  text(text: string): string
  bytes(bytes: Uint8Array): Uint8Array
}

const MASK = '[redacted]'

/** Shorter values occur by chance: masking them would damage data more than it would hide. */
const MIN_SECRET_LENGTH = 4

/**
 * Knows the values of all templates in the forms in which an echo shows them: plain, URL-encoded, JSON-escaped, hex
 * and base64 at each of its three alignments. The part of a `basic` template before the colon is a name, not a secret:
 * masking "dupont" would change people's records.
 */
export function createRedactor(injections: readonly BoundInjection[]): Redactor {
  const forms = new Set<string>()
  for (const secret of new Set(injections.flatMap(secretsOf))) {
    if (secret.length >= MIN_SECRET_LENGTH) for (const form of formsOf(secret)) forms.add(form)
  }
  // The longest first, so that no form is cut in two by a shorter one inside it.
  const ordered = [...forms].sort((left, right) => right.length - left.length)
  // As undici shows header values and as bodies are searched: one character per byte.
  const binary = ordered.map((form) => Buffer.from(form).toString('latin1'))
  const both = [...new Set([...ordered, ...binary])]
  return {
    text: (text) => both.reduce((rest, form) => rest.replaceAll(form, MASK), text),
    bytes: (bytes) => redactBytes(bytes, binary),
  }
}

function redactBytes(bytes: Uint8Array, forms: readonly string[]): Uint8Array {
  if (forms.length === 0 || bytes.length === 0) return bytes
  const before = Buffer.from(bytes.buffer, bytes.byteOffset, bytes.byteLength).toString('latin1')
  const after = forms.reduce((rest, form) => rest.replaceAll(form, MASK), before)
  return after === before ? bytes : Buffer.from(after, 'latin1')
}

function secretsOf({ injection, values }: BoundInjection): string[] {
  const { template } = injection
  const colon = injection.in === 'basic' ? template.indexOf(':') : -1
  const names = placeholdersOf(colon < 0 ? template : template.slice(colon))
  return names.flatMap((name) => (Object.hasOwn(values, name) ? [values[name] ?? ''] : []))
}

function formsOf(secret: string): string[] {
  const encoded = encodeURIComponent(secret)
  return [
    secret,
    encoded,
    encoded.replace(/%[0-9A-F]{2}/g, (triplet) => triplet.toLowerCase()),
    new URLSearchParams([['', secret]]).toString().slice(1),
    JSON.stringify(secret).slice(1, -1),
    Buffer.from(secret).toString('hex'),
    ...base64Forms(secret),
  ].filter((form) => form.length >= MIN_SECRET_LENGTH)
}

/** Inside a longer text a secret starts at one of three places within a group; its edges mix with the neighbours. */
function base64Forms(secret: string): string[] {
  return [0, 1, 2].flatMap((offset) => {
    const bytes = Buffer.concat([Buffer.alloc(offset), Buffer.from(secret)])
    const text = bytes.toString('base64').replace(/=+$/, '')
    const start = Math.ceil((offset * 8) / 6)
    const end = Math.floor((bytes.length * 8) / 6)
    const inner = text.slice(start, end)
    return [inner, inner.replaceAll('+', '-').replaceAll('/', '_')]
  })
}
