import { readSync, writeSync } from 'node:fs'
import { encodeFrame, type Frame, HEADER_BYTES, splitFrame } from '../framing.ts'

/** Set when the child is bundled. */
declare const FRAME_BYTES: number

const CHANNEL_FD = 0
const length = Buffer.alloc(HEADER_BYTES)

/**
 * The next frame; `undefined` when the supervisor is gone. Waits for it without the event loop: a child has nothing else
 * to do, and without its compilers V8 takes longer over a stream's JavaScript than over a run.
 */
export function readFrame(): Frame | undefined {
  if (!readExactly(length)) return undefined
  const bytes = length.readUInt32BE(0)
  if (bytes > FRAME_BYTES) return undefined
  const payload = Buffer.allocUnsafe(bytes)
  return readExactly(payload) ? splitFrame(payload) : undefined
}

export function writeFrame(header: object, body: string | Uint8Array = ''): void {
  const frame = encodeFrame(JSON.stringify(header), body)
  for (let sent = 0; sent < frame.length; ) sent += writeSync(CHANNEL_FD, frame, sent)
}

function readExactly(into: Buffer): boolean {
  for (let filled = 0; filled < into.length; ) {
    const read = readSync(CHANNEL_FD, into, filled, into.length - filled, null)
    if (read === 0) return false
    filled += read
  }
  return true
}
