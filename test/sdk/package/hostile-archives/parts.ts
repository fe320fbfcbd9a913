/** What the hostile archives are made of. */
import { gzipSync } from 'node:zlib'
import { changedPackage, goodManifest } from '../good-package.ts'
import { entry, type tar, tgz } from '../tar-builder.ts'

/** A package that passes every rule: what one change makes of it is that change's fault. */
export const GOOD = changedPackage({})

export const manifest = entry({ path: 'package/package.json', data: JSON.stringify(goodManifest()) })

export const file = (path: string | Uint8Array, data: string | Uint8Array = 'text') => entry({ path, data })

/** The entries after a sound manifest. */
export const withManifest = (...entries: Uint8Array[]) => tgz(manifest, ...entries)

/** Bytes that do not shrink, the same every time (xorshift32). */
export function noise(length: number, seed = 1): Buffer {
  const words = new Int32Array(Math.ceil(length / 4))
  let state = seed
  for (let at = 0; at < words.length; at++) {
    state ^= state << 13
    state ^= state >>> 17
    state ^= state << 5
    words[at] = state
  }
  return Buffer.from(words.buffer, 0, length)
}

export function patched(bytes: Uint8Array, at: number, value: number): Uint8Array {
  const copy = Uint8Array.from(bytes)
  copy[at] = value
  return copy
}

export function flipped(bytes: Uint8Array, at: number): Uint8Array {
  return patched(bytes, at, (bytes[at] ?? 0) ^ 0xff)
}

/** The member of `tar` with another header: its flags, and what they announce. */
export function gzipWithHeader(archive: ReturnType<typeof tar>, flags: number, ...fields: Uint8Array[]): Buffer {
  const plain = gzipSync(archive)
  const header = Buffer.from(plain.subarray(0, 10))
  header[3] = flags
  return Buffer.concat([header, ...fields, plain.subarray(10)])
}

/** The end of a zip's directory that lists nothing (APPNOTE 4.3.16). */
export const ZIP_END = Buffer.concat([Buffer.from('504b0506', 'hex'), Buffer.alloc(18)])
