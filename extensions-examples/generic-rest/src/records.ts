import { AnnexError, type Context, type Json, type JsonObject, type Stream, type StreamPage } from '@annex/sdk'
import { addressOf, ask, readJson } from './api.ts'
import type { Endpoint } from './endpoint.ts'
import { chosenEndpoint } from './endpoints.ts'
import { type Place, parametersAt, placeAfter } from './paging.ts'
import { valueAt } from './value-at.ts'

/** What a page leaves behind. */
interface Checkpoint {
  /** The next page of this pass; absent between two passes. */
  place?: Place
  /** Where this pass began: the time that `sinceParameter` says. */
  since?: string
  /** The latest time seen in this pass: where the next one begins. */
  newest?: string
}

/** Records of the endpoint that the integration names. What they are is the API's; the mapping makes ours of them. */
export const records: Stream = {
  schema: { type: 'object', properties: { id: { type: 'string', minLength: 1, maxLength: 500 } }, required: ['id'] },
  primaryKey: ['id'],
  async *read(ctx: Context, { checkpoint }: { checkpoint: Json; upperBound: string }) {
    const endpoint = await chosenEndpoint(ctx)
    let { place, since, newest } = (checkpoint ?? {}) as Checkpoint
    for (;;) {
      const page = await readPage(ctx, endpoint, place, since)
      newest = latest(newest, page.sources, endpoint.cursorField)
      place = page.next
      const kept = place ? { place, since, newest } : { since: newest ?? since }
      yield { records: page.records, checkpoint: withoutAbsent(kept) } satisfies StreamPage
      if (!place) return
    }
  },
}

/** One page, and where the next one is. */
export async function readPage(ctx: Context, endpoint: Endpoint, place?: Place, since?: string) {
  const wanted = parametersAt(endpoint, place)
  const { sinceParameter, method = 'GET' } = endpoint
  if (sinceParameter !== undefined && since !== undefined) wanted[sinceParameter] = since
  const url = place && 'url' in place ? new URL(place.url) : addressOf(ctx, endpoint.path)
  if (method === 'GET' && !(place && 'url' in place))
    for (const [name, value] of Object.entries(wanted)) url.searchParams.set(name, value)
  const answer = await ask(ctx, url, method === 'GET' ? {} : { method, body: { ...endpoint.body, ...wanted } })
  const body = await readJson(answer)
  const sources = valueAt(body, endpoint.records ?? '')
  if (!Array.isArray(sources))
    throw new AnnexError('INVALID_ARGUMENT', `${endpoint.name}: there is no list at "${endpoint.records ?? ''}"`)
  const page = { count: sources.length, body, link: answer.headers.get('link'), url }
  return { sources, records: sources.map((each) => recordOf(endpoint, each)), next: placeAfter(endpoint, place, page) }
}

function recordOf({ idField = 'id', fields }: Endpoint, source: unknown): JsonObject {
  const id = valueAt(source, idField)
  const chosen = fields
    ? Object.entries(fields).map(([name, from]): [string, unknown] => [name, valueAt(source, from)])
    : Object.entries((source ?? {}) as object)
  const present = chosen.filter(([, value]) => value !== undefined && value !== null) as [string, Json][]
  // Without an id the check of the record sets it aside, and says so.
  return { ...Object.fromEntries(present), ...(id === undefined || id === null ? {} : { id: String(id) }) }
}

function latest(newest: string | undefined, sources: unknown[], field: string | undefined): string | undefined {
  if (field === undefined) return undefined
  const times = sources.map((each) => valueAt(each, field)).filter((time) => typeof time === 'string')
  return [newest, ...times]
    .filter((time) => time !== undefined)
    .sort()
    .at(-1)
}

function withoutAbsent(value: Record<string, Json | undefined>): JsonObject {
  return Object.fromEntries(Object.entries(value).filter(([, each]) => each !== undefined)) as JsonObject
}
