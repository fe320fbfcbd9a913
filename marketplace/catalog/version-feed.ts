import { outboxEvents, outboxHeads } from '../../runtime/storage/outbox-collections.ts'
import type { Store } from '../../runtime/storage/port.ts'
import { EXTENSION_FIGURES } from '../publishing/extension-figures.ts'

const REASON = 'the catalog is the same for everybody'
const PAGE = 500

/**
 * What changed since the position; `done` moves it on, so that what failed half-way is read again. `lost` when events
 * were forgotten before they were read.
 */
export type FeedReading = FeedChanges | { lost: true }

export interface FeedChanges {
  extensions: Set<string>
  /** Of these nothing but their figures, which come for all at once, every day. */
  figures: Set<string>
  publishers: Set<string>
  done(): void
}

/** Reads which extensions and publishers changed, in this process' own position: a read model in memory has no other. */
export interface VersionFeed {
  /** Starts after what is committed now. Rebuild after this call, and nothing falls between. */
  skipToEnd(): Promise<void>
  read(): Promise<FeedReading>
}

export function createVersionFeed(store: Store): VersionFeed {
  const system = store.asSystem(REASON)
  let position = 0
  return {
    async skipToEnd() {
      position = (await system(outboxHeads).get('system'))?.last ?? 0
    },
    async read() {
      const changed = { extensions: new Set<string>(), figures: new Set<string>(), publishers: new Set<string>() }
      let reached = position
      // Read before the events: what it counts is committed, so an event that is not found then was forgotten.
      const head = (await system(outboxHeads).get('system'))?.last ?? 0
      for (let more = head !== position; more; ) {
        const where = { partition: 'system', sequence: { $gt: reached } }
        const { data } = await system(outboxEvents).find({ where, sort: [['sequence', 'asc']], limit: PAGE })
        if (data[0] && data[0].sequence !== reached + 1) return { lost: true }
        for (const event of data) {
          const [extension, publisher] = [extensionOf(event), publisherOf(event)]
          if (extension !== undefined)
            changed[event.type === EXTENSION_FIGURES ? 'figures' : 'extensions'].add(extension)
          if (publisher !== undefined) changed.publishers.add(publisher)
          reached = event.sequence
        }
        more = data.length === PAGE
      }
      if (reached < head) return { lost: true }
      const done = () => {
        position = reached
      }
      return { ...changed, done }
    },
  }
}

function extensionOf({ type, payload }: { type: string; payload: unknown }): string | undefined {
  if (!type.startsWith('version.') && !type.startsWith('extension.')) return undefined
  return named(payload, 'extension')
}

function publisherOf({ type, payload }: { type: string; payload: unknown }): string | undefined {
  return type.startsWith('publisher.') ? named(payload, 'publisher') : undefined
}

function named(payload: unknown, field: 'extension' | 'publisher'): string | undefined {
  const value =
    typeof payload === 'object' && payload !== null ? (payload as Record<string, unknown>)[field] : undefined
  return typeof value === 'string' ? value : undefined
}
