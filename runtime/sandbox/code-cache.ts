import { createHash } from 'node:crypto'

/**
 * V8's code caches of entry scripts. V8 does not bind a cache to its source, and a forged one can run other code or end
 * the process, so what a cache is for is told by the whole source and the engine, never by a name; and one is only
 * taken from a child in which no code of a guest has run yet.
 */
export interface CodeCache {
  get(key: string): Uint8Array | undefined
  /** The one used longest ago makes room. */
  put(key: string, bytes: Uint8Array): void
}

const MAX_BYTES = 64 * 1024 * 1024

export function createCodeCache(maxBytes = MAX_BYTES): CodeCache {
  const entries = new Map<string, Uint8Array>()
  let bytes = 0

  function remove(key: string): void {
    bytes -= entries.get(key)?.length ?? 0
    entries.delete(key)
  }

  return {
    get(key) {
      const found = entries.get(key)
      if (!found) return undefined
      entries.delete(key)
      entries.set(key, found)
      return found
    },
    put(key, cache) {
      remove(key)
      if (cache.length > maxBytes) return
      entries.set(key, cache)
      bytes += cache.length
      for (const [oldest] of entries) {
        if (bytes <= maxBytes) break
        remove(oldest)
      }
    },
  }
}

/** What makes a cache usable: the very source, compiled by the very engine under the same flags. */
export function codeCacheKey(source: Uint8Array, flags: readonly string[]): string {
  const engine = [process.version, process.versions.v8, process.arch, ...flags].join('\0')
  return createHash('sha256').update(engine).update('\0').update(source).digest('hex')
}
