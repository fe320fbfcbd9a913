/**
 * Frames on a byte stream: 4 bytes of length (unsigned, big-endian), then the payload. The length is held against a
 * maximum before a byte of it is kept, so that a lying peer costs no memory. Node's own IPC channel is not used: an
 * endless line on it bloats the parent, and garbage kills it.
 */
export class FrameError extends Error {
  override readonly name = 'FrameError'
}

/** Of the line at the beginning of a frame: what is long goes into the body. */
export const LINE_BYTES = 64 * 1024

/** The length that stands before each frame. */
export const HEADER_BYTES = 4

export function encodeFrame(header: string, body: string | Uint8Array = ''): Buffer {
  const headBytes = Buffer.byteLength(header)
  const bodyBytes = typeof body === 'string' ? Buffer.byteLength(body) : body.length
  const frame = Buffer.allocUnsafe(HEADER_BYTES + headBytes + 1 + bodyBytes)
  frame.writeUInt32BE(headBytes + 1 + bodyBytes, 0)
  frame.write(header, HEADER_BYTES)
  frame[HEADER_BYTES + headBytes] = 0x0a
  if (typeof body === 'string') frame.write(body, HEADER_BYTES + headBytes + 1)
  else frame.set(body, HEADER_BYTES + headBytes + 1)
  return frame
}

/** A frame's payload is one line of JSON, then a body that is text or bytes. */
export interface Frame {
  header: string
  body: Buffer
}

/** Feeds chunks in, gets whole frames out. Throws `FrameError` on the first thing that is off; then it is of no more use. */
export function createFrameDecoder(maxBytes: number): (chunk: Buffer) => Frame[] {
  let chunks: Buffer[] = []
  let held = 0
  return (chunk) => {
    chunks.push(chunk)
    held += chunk.length
    const frames: Frame[] = []
    for (;;) {
      const length = nextLength()
      if (length === undefined || held < HEADER_BYTES + length) return frames
      frames.push(splitFrame(take(HEADER_BYTES + length).subarray(HEADER_BYTES)))
    }
  }

  function nextLength(): number | undefined {
    if (held < HEADER_BYTES) return undefined
    const first = chunks[0] as Buffer
    if (first.length < HEADER_BYTES) chunks = [Buffer.concat(chunks)]
    const length = (chunks[0] as Buffer).readUInt32BE(0)
    if (length === 0 || length > maxBytes)
      throw new FrameError(`a frame claims ${length} bytes; ${maxBytes} are allowed`)
    return length
  }

  function take(bytes: number): Buffer {
    const all = chunks.length === 1 ? (chunks[0] as Buffer) : Buffer.concat(chunks)
    held -= bytes
    chunks = held > 0 ? [all.subarray(bytes)] : []
    return all.subarray(0, bytes)
  }
}

/** Throws `FrameError` when there is no header line, or a long one. */
export function splitFrame(payload: Buffer): Frame {
  const end = payload.subarray(0, LINE_BYTES).indexOf(0x0a)
  if (end < 0) throw new FrameError('a frame without a short header line')
  return { header: payload.toString('utf8', 0, end), body: payload.subarray(end + 1) }
}
