import type { FileHandle } from '@annex/sdk/context'
import { base64ToBytes } from './base64.ts'
import { bytesOf } from './convert.ts'
import { urlSearchParams } from './url-search-params.ts'
import { decodeUtf8, encodeUtf8 } from './utf8.ts'

/** What a `Request` or a `Response` carries, as it came: it is decoded when somebody reads it. */
export interface Content {
  /** Text, or bytes. */
  data: string | Uint8Array
  /** The content type that goes with it unless another is said; empty for bytes. */
  type: string
}

/** The web's `BodyInit` without streams, blobs and forms, which the guest does not have. */
export function contentOf(body: unknown): Content {
  const bytes = bytesOf(body)
  if (bytes) return { data: bytes.slice(), type: '' }
  const form = body instanceof urlSearchParams().URLSearchParams
  const type = form ? 'application/x-www-form-urlencoded;charset=UTF-8' : 'text/plain;charset=UTF-8'
  return { data: `${body}`.toWellFormed(), type }
}

/** The content of an answer of the host. */
export function receivedContent(body: string, encoding: 'base64' | undefined): Content {
  return { data: encoding ? base64ToBytes(body) : body, type: '' }
}

/** A handle, also one that was kept as JSON; whether it opens anything is the host's to say. */
export function isFile(body: unknown): body is FileHandle {
  if (typeof body !== 'object' || body === null) return false
  const { id, digest } = body as Partial<FileHandle>
  return typeof id === 'string' && typeof digest === 'string'
}

/** Reads a body once (Fetch, "body mixin"). */
export class BodyReader {
  readonly content: Content | undefined
  used = false

  constructor(content: Content | undefined) {
    this.content = content
  }

  async text(): Promise<string> {
    const data = this.takeOver()?.data ?? ''
    return typeof data === 'string' ? withoutMark(data) : decodeUtf8(data)
  }

  async json(): Promise<unknown> {
    return JSON.parse(await this.text())
  }

  async bytes(): Promise<Uint8Array<ArrayBuffer>> {
    const data = this.takeOver()?.data ?? ''
    return typeof data === 'string' ? encodeUtf8(data) : data.slice()
  }

  /** The content, which nobody else reads any more; throws when somebody has. */
  takeOver(): Content | undefined {
    if (this.used) throw new TypeError('The body has been read already')
    this.used = this.content !== undefined
    return this.content
  }
}

function withoutMark(text: string): string {
  return text[0] === '\ufeff' ? text.slice(1) : text
}
