import type { Endpoint } from './endpoint.ts'
import { valueAt } from './value-at.ts'

/** What a page needs to be asked for: enough to go on after the one before it. Absent: the first one. */
export type Place = { number: number } | { cursor: string } | { url: string }

/** Parameters of the page at `place`. */
export function parametersAt({ paging }: Endpoint, place: Place | undefined): Record<string, string> {
  const { style = 'none', sizeParameter, size = 100 } = paging ?? {}
  const parameters: Record<string, string> = sizeParameter === undefined ? {} : { [sizeParameter]: String(size) }
  const parameter = paging?.parameter ?? style
  if (style === 'page' || style === 'offset')
    parameters[parameter] = String(place && 'number' in place ? place.number : firstNumber(paging))
  if (style === 'cursor' && place && 'cursor' in place) parameters[parameter] = place.cursor
  return parameters
}

interface Page {
  /** How many records it has. */
  count: number
  body: unknown
  link: string | null
  url: URL
}

/** Where the page after this one is; undefined after the last. */
export function placeAfter({ paging }: Endpoint, place: Place | undefined, page: Page): Place | undefined {
  const { style = 'none', sizeParameter, size = 100 } = paging ?? {}
  const number = place && 'number' in place ? place.number : firstNumber(paging)
  // A page that is not full is the last; without a size only an empty one tells.
  const last = page.count === 0 || (sizeParameter !== undefined && page.count < size)
  if (style === 'page') return last ? undefined : { number: number + 1 }
  if (style === 'offset') return last ? undefined : { number: number + page.count }
  const next = valueAt(page.body, paging?.next ?? '/next')
  if (style === 'cursor') return isText(next) ? { cursor: String(next) } : undefined
  if (style === 'next-url') return isText(next) ? { url: new URL(String(next), page.url).href } : undefined
  const url = style === 'link' ? nextOf(page.link ?? '') : undefined
  return url === undefined ? undefined : { url: new URL(url, page.url).href }
}

function firstNumber(paging: Endpoint['paging']): number {
  return paging?.style === 'page' ? (paging.first ?? 1) : 0
}

function isText(value: unknown): boolean {
  return (typeof value === 'string' && value !== '') || typeof value === 'number'
}

/** The target of `<…>; rel="next"` (RFC 8288). */
function nextOf(header: string): string | undefined {
  for (const [, url, parameters = ''] of header.matchAll(/<([^>]*)>([^<]*)/g))
    if (/;\s*rel\s*=\s*"?(?:[^";]*\s)?next(?:\s[^";]*)?"?\s*(?:[;,]|$)/i.test(parameters)) return url
  return undefined
}
