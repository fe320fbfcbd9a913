import type { Context, Json, JsonObject, StreamPage } from '@annex/sdk'
import { getStripe } from './stripe-api.ts'

/** Where a pass stands. Stripe lists the newest first, so a pass fixes both of its ends before it begins. */
interface Checkpoint {
  /** The last pass that ended read up to here; seconds. */
  until?: number
  /** The pass under way: its ends, and the id after which it goes on. */
  pass?: { from: number; to: number; after: string }
}

const DAY_S = 24 * 3600

/** Pages of a list of Stripe, newest first, between the last sync (and some days before it) and `upperBound`. */
export async function* readNewest(
  ctx: Context,
  path: string,
  { checkpoint, upperBound }: { checkpoint: Json; upperBound: string },
  recordOf: (row: JsonObject) => JsonObject,
): AsyncGenerator<StreamPage> {
  const { until, pass } = (checkpoint ?? {}) as Checkpoint
  const from = pass?.from ?? firstSecond(until, Number(ctx.config.lookbackDays ?? 7))
  const to = pass?.to ?? Math.floor(Date.parse(upperBound) / 1000)
  let after = pass?.after
  for (;;) {
    const bounds = { 'created[gte]': String(from), 'created[lte]': String(to) }
    const query = { limit: String(ctx.config.pageSize ?? 100), ...bounds, ...(after && { starting_after: after }) }
    const { data, has_more } = await getStripe<{ data: JsonObject[]; has_more: boolean }>(ctx, path, query)
    after = String(data.at(-1)?.id ?? after)
    const more = has_more && data.length > 0
    // Until a pass has ended, the next one must not begin later than this one did.
    const place = more ? { ...(until !== undefined && { until }), pass: { from, to, after } } : { until: to }
    yield { records: data.map(recordOf), checkpoint: place }
    if (!more) return
  }
}

function firstSecond(until: number | undefined, lookbackDays: number): number {
  return until === undefined ? 0 : Math.max(0, until - lookbackDays * DAY_S)
}
