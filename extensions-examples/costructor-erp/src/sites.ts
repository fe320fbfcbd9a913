import type { Context, Json, Stream, StreamPage } from '@annex/sdk'
import { askForSites } from './costructor-api.ts'

/** What a page leaves behind: enough to go on after it in a new context. */
interface Checkpoint {
  /** Where this pass began; inclusive, because several sites may share one instant. */
  updatedSince?: string
  /** The ERP's place inside the pass; absent between two passes. */
  cursor?: string
  /** The latest change seen in this pass: where the next pass begins. */
  newest?: string
}

const text = { type: 'string', maxLength: 200 }

/** Sites of the ERP, oldest change first. What a status word means is left to a transformation: each company has its own. */
export const sites: Stream = {
  schema: {
    type: 'object',
    properties: {
      id: { type: 'string', minLength: 1, maxLength: 64 },
      reference: { type: 'string', minLength: 1, maxLength: 64 },
      name: { ...text, minLength: 1 },
      status: text,
      client: text,
      street: text,
      postalCode: text,
      city: text,
      startDate: text,
      endDate: text,
      budget: { type: 'string', pattern: '^[0-9]{1,15}([.][0-9]{1,4})?$' },
      updatedAt: { type: 'string', format: 'date-time' },
    },
    required: ['id', 'reference', 'name', 'status', 'updatedAt'],
  },
  primaryKey: ['id'],
  cursorField: 'updatedAt',
  async *read(ctx: Context, { checkpoint, upperBound }: { checkpoint: Json; upperBound: string }) {
    let place = (checkpoint ?? {}) as Checkpoint
    const limit = String(ctx.config.pageSize ?? 100)
    for (;;) {
      const { updatedSince, cursor } = place
      const bounds = { limit, updatedUntil: upperBound, ...(updatedSince && { updatedSince }) }
      const page = await askForSites(ctx, cursor ? { ...bounds, cursor } : bounds)
      place = placeAfter(place, page.items.at(-1)?.updatedAt, page.nextCursor)
      yield { records: page.items, checkpoint: { ...place } } satisfies StreamPage
      if (!page.nextCursor) return
    }
  },
}

/** Inside a pass the lower bound stays; after its last page the next pass begins at the latest change seen. */
function placeAfter(place: Checkpoint, lastChange: string | undefined, cursor: string | undefined): Checkpoint {
  const newest = lastChange ?? place.newest ?? place.updatedSince
  if (!cursor) return newest ? { updatedSince: newest } : {}
  return { ...place, cursor, ...(newest && { newest }) }
}
