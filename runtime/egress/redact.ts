import { createFinder } from './find-patterns.ts'
import type { BoundInjection } from './inject-credentials.ts'
import { secretForms } from './secret-forms.ts'

/** Takes every known secret out of what an upstream sends back. */
export interface Redactor {
  /** For headers, URLs, host names and messages. */
  text(text: string): string
  /**
   * Passes bytes on as they come, however they are cut: what could still become a secret is held back until it is
   * known, so that a stream is masked like the whole.
   */
  stream(source: AsyncIterable<Uint8Array>): AsyncIterable<Uint8Array>
}

const MASK = '[redacted]'
const MASK_BYTES = Buffer.from(MASK)

/** What `secretForms` cannot foresee (a hash, a cipher, an archive made of the secret) is not found. */
export function createRedactor(injections: readonly BoundInjection[]): Redactor {
  const forms = secretForms(injections)
  if (forms.length === 0) return { text: (text) => text, stream: (source) => source }
  const finder = createFinder(forms)

  /** Masks what begins before `until`; `rest` is where the undecided part begins. */
  function mask(bytes: Uint8Array, until: number): { masked: Uint8Array[]; rest: number } {
    const masked: Uint8Array[] = []
    let rest = 0
    for (;;) {
      const hit = finder.find(bytes, rest)
      if (!hit || hit.at >= until) break
      masked.push(bytes.subarray(rest, hit.at), MASK_BYTES)
      rest = hit.at + hit.length
    }
    if (rest < until) masked.push(bytes.subarray(rest, until))
    return { masked, rest: Math.max(rest, until) }
  }

  async function* stream(source: AsyncIterable<Uint8Array>): AsyncGenerator<Uint8Array> {
    let held: Uint8Array = new Uint8Array()
    for await (const chunk of source) {
      const bytes = held.length === 0 ? chunk : Buffer.concat([held, chunk])
      const { masked, rest } = mask(bytes, Math.max(0, bytes.length - finder.longest + 1))
      yield* masked
      held = bytes.subarray(rest)
    }
    yield* mask(held, held.length).masked
  }

  return {
    text(text) {
      // Header values come with a character for each byte, other texts as Unicode.
      const encoding = /^[\0-\xff]*$/.test(text) ? 'latin1' : 'utf8'
      const bytes = Buffer.from(text, encoding)
      return Buffer.concat(mask(bytes, bytes.length).masked).toString(encoding)
    },
    stream,
  }
}
