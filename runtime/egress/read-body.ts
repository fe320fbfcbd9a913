import { pipeline } from 'node:stream/promises'
import { createBrotliDecompress, createGunzip, createInflate, createInflateRaw } from 'node:zlib'
import { DenialError, denial } from './denial.ts'

export interface BodyOptions {
  /** The `Content-Encoding` of the answer. */
  encoding: string | undefined
  /** Bytes, decoded; the encoded ones are held to it too. */
  limit: number
  signal: AbortSignal
}

/**
 * Reads a body, decoded. Bytes are counted while they stream, on both sides of the decoder, so that a bomb ends the
 * request long before it fills the memory. Throws `DenialError`, or what the stream failed with.
 */
export async function readBody(source: AsyncIterable<Uint8Array>, options: BodyOptions): Promise<Uint8Array> {
  const { encoding, limit, signal } = options
  const bytes = bounded(source, limit)
  const first = await bytes.next()
  if (first.done) return new Uint8Array()
  const decoder = decoderFor(encoding?.trim().toLowerCase() ?? '', first.value)
  const chunks: Uint8Array[] = []
  const collect = async (decoded: AsyncIterable<Uint8Array>) => {
    for await (const chunk of bounded(decoded, limit)) chunks.push(chunk)
  }
  const whole = prepend(first.value, bytes)
  await (decoder ? pipeline(whole, decoder, collect, { signal }) : pipeline(whole, collect, { signal }))
  return Buffer.concat(chunks)
}

/** RFC 9110 section 8.4.1. `deflate` means zlib's format, but some servers send the bare one: the first byte tells. */
function decoderFor(coding: string, first: Uint8Array) {
  if (coding === '' || coding === 'identity') return undefined
  if (coding === 'gzip' || coding === 'x-gzip') return createGunzip()
  if (coding === 'br') return createBrotliDecompress()
  if (coding === 'deflate') return ((first[0] ?? 0) & 0x0f) === 8 ? createInflate() : createInflateRaw()
  throw new DenialError(denial('CONNECTION_FAILED', 'content-encoding', 'the answer has an unknown content encoding'))
}

async function* bounded(source: AsyncIterable<Uint8Array>, limit: number): AsyncGenerator<Uint8Array> {
  let size = 0
  for await (const chunk of source) {
    size += chunk.byteLength
    if (size > limit) {
      throw new DenialError(denial('QUOTA_EXCEEDED', 'response-size', `the answer is longer than ${limit} bytes`))
    }
    yield chunk
  }
}

async function* prepend(first: Uint8Array, rest: AsyncIterable<Uint8Array>): AsyncGenerator<Uint8Array> {
  yield first
  yield* rest
}
