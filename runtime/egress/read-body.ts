import { pipeline } from 'node:stream/promises'
import { createBrotliDecompress, createGunzip, createInflate, createInflateRaw } from 'node:zlib'
import { DenialError, denial } from './denial.ts'
import type { Redactor } from './redact.ts'

export interface BodyOptions {
  /** The `Content-Encoding` of the answer. */
  encoding: string | undefined
  /** Bytes, decoded; the encoded ones are held to it too. */
  limit: number
  redactor: Redactor
  signal: AbortSignal
}

/**
 * Hands a body to `take`, decoded and masked, as it streams; tells how many bytes that were. They are counted on both
 * sides of the decoder, so that a bomb ends the request long before it fills the memory. Throws `DenialError`, or what
 * the stream or `take` failed with, and not before `take` has ended.
 */
export async function readBody(
  source: AsyncIterable<Uint8Array>,
  { encoding, limit, redactor, signal }: BodyOptions,
  take: (bytes: AsyncIterable<Uint8Array>) => Promise<void>,
): Promise<number> {
  const bytes = bounded(source, limit)
  const first = await bytes.next()
  const decoder = first.done ? undefined : decoderFor(encoding?.trim().toLowerCase() ?? '', first.value)
  const whole = first.done ? bytes : prepend(first.value, bytes)
  const taken = { bytes: 0 }
  let taking: Promise<void> | undefined
  const sink = (decoded: AsyncIterable<Uint8Array>): Promise<void> => {
    // Once more behind the mask, which may be longer than what it hides.
    taking = take(bounded(redactor.stream(bounded(decoded, limit)), limit, taken))
    return taking
  }
  try {
    await (decoder ? pipeline(whole, decoder, sink, { signal }) : pipeline(whole, sink, { signal }))
  } finally {
    await taking?.catch(() => undefined)
  }
  return taken.bytes
}

/** RFC 9110 section 8.4.1. `deflate` means zlib's format, but some servers send the bare one: the first byte tells. */
function decoderFor(coding: string, first: Uint8Array) {
  if (coding === '' || coding === 'identity') return undefined
  if (coding === 'gzip' || coding === 'x-gzip') return createGunzip()
  if (coding === 'br') return createBrotliDecompress()
  if (coding === 'deflate') return ((first[0] ?? 0) & 0x0f) === 8 ? createInflate() : createInflateRaw()
  throw new DenialError(denial('CONNECTION_FAILED', 'content-encoding', 'the answer has an unknown content encoding'))
}

async function* bounded(
  source: AsyncIterable<Uint8Array>,
  limit: number,
  count = { bytes: 0 },
): AsyncGenerator<Uint8Array> {
  for await (const chunk of source) {
    count.bytes += chunk.byteLength
    if (count.bytes > limit) {
      throw new DenialError(denial('QUOTA_EXCEEDED', 'response-size', `the answer is longer than ${limit} bytes`))
    }
    yield chunk
  }
}

async function* prepend(first: Uint8Array, rest: AsyncIterable<Uint8Array>): AsyncGenerator<Uint8Array> {
  yield first
  yield* rest
}
