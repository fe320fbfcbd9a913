import { createGunzip } from 'node:zlib'
import { PACKAGE_LIMITS as LIMITS } from '@annex/package/limits'
import { BLOCK } from '../../sdk/package/tar-builder.ts'

/** Bytes that a reader without bounds keeps before this one gives up. */
const MOST_BYTES = 10 * LIMITS.unpacked
const GZIP = Buffer.from([0x1f, 0x8b, 8])
const REAL_SIZE_AT = 483

/**
 * Reads an archive as tools have done that counted nothing and believed everything; tells what it would cost, if that is
 * more than a package may be.
 */
export async function readCarelessly(bytes: Uint8Array): Promise<string | undefined> {
  const { tar, count } = await gunzip(bytes)
  if (count > LIMITS.unpacked) return `${bytes.length} bytes become ${count}`
  if (count > bytes.length * LIMITS.ratio) return `${bytes.length} bytes become ${count}`
  const { entries, claimed, depth } = walk(tar)
  if (entries > LIMITS.entries) return `${entries} entries are made`
  if (claimed > LIMITS.unpacked) return `${claimed} bytes are set aside`
  if (depth > LIMITS.depth) return `folders are made ${depth} deep`
  const inner = tar.indexOf(GZIP)
  return inner < 0 ? undefined : readCarelessly(tar.subarray(inner))
}

/** All members, joined, and whatever comes before an error at the end. */
async function gunzip(bytes: Uint8Array): Promise<{ tar: Buffer; count: number }> {
  const stream = createGunzip()
  stream.end(bytes)
  const kept: Buffer[] = []
  let count = 0
  try {
    for await (const chunk of stream) {
      count += (chunk as Buffer).length
      if (count <= LIMITS.unpacked) kept.push(chunk as Buffer)
      if (count > MOST_BYTES) break
    }
  } catch (error) {
    if (!(error instanceof Error && 'code' in error)) throw error
  }
  return { tar: Buffer.concat(kept), count }
}

function walk(tar: Buffer): { entries: number; claimed: number; depth: number } {
  let [entries, claimed, depth] = [0, 0, 0]
  for (let at = 0; at + BLOCK <= tar.length && tar[at] !== 0; entries++) {
    const header = tar.subarray(at, at + BLOCK)
    const size = octalAt(header, 124)
    const data = tar.subarray(at + BLOCK, at + BLOCK + size)
    claimed += Math.max(size, octalAt(header, REAL_SIZE_AT), paxSize(data))
    depth = Math.max(depth, header.toString('latin1', 0, 100).split('/').length)
    at += BLOCK + Math.ceil(size / BLOCK) * BLOCK
  }
  return { entries, claimed, depth }
}

function octalAt(header: Buffer, at: number): number {
  return Number.parseInt(header.toString('latin1', at, at + 11), 8) || 0
}

function paxSize(data: Buffer): number {
  return Number(/ (?:size|GNU\.sparse\.realsize)=(\d+)\n/.exec(data.toString('latin1', 0, 4_096))?.[1] ?? 0)
}
