import type { Upstream } from './start-upstream.ts'

interface StripeObject {
  id: string
  created: number
  [field: string]: unknown
}

export interface StripeUpstream {
  answer: Upstream
  readonly intents: StripeObject[]
  /** Answers the next request with this status. */
  failNext(status: number): void
}

/** A little of Stripe: bearer keys, form-encoded bodies, lists, and one object for each idempotency key. */
export function createStripeUpstream(key: string): StripeUpstream {
  const intents: StripeObject[] = []
  const customers: StripeObject[] = []
  const byKey = new Map<string, StripeObject>()
  const lists: Record<string, StripeObject[]> = { '/v1/payment_intents': intents, '/v1/customers': customers }
  let failure: number | undefined
  return {
    intents,
    failNext(status) {
      failure = status
    },
    async answer(request) {
      if (failure !== undefined) {
        const status = failure
        failure = undefined
        return refusal(status, 'Something went wrong')
      }
      if (request.headers.get('authorization') !== `Bearer ${key}`) return refusal(401, 'Invalid API Key')
      const { pathname, searchParams } = new URL(request.url)
      if (pathname === '/v1/balance') return Response.json({ object: 'balance', livemode: false })
      const list = lists[pathname]
      if (!list) return refusal(404, 'Unrecognized request URL')
      return request.method === 'GET' ? listed(list, searchParams) : created(request, list, byKey)
    },
  }
}

function listed(list: StripeObject[], query: URLSearchParams): Response {
  const email = query.get('email')
  const [from, to] = [Number(query.get('created[gte]') ?? 0), Number(query.get('created[lte]') ?? Number.MAX_VALUE)]
  const data = list.filter(
    (each) => (email === null || each.email === email) && each.created >= from && each.created <= to,
  )
  return Response.json({ object: 'list', data: data.toReversed(), has_more: false })
}

async function created(request: Request, list: StripeObject[], byKey: Map<string, StripeObject>): Promise<Response> {
  if (request.headers.get('content-type') !== 'application/x-www-form-urlencoded') return refusal(400, 'No form')
  const form = new URLSearchParams(await request.text())
  const key = request.headers.get('idempotency-key') ?? ''
  const present = byKey.get(key)
  if (present) return Response.json(present)
  const isIntent = form.has('amount')
  const id = `${isIntent ? 'pi' : 'cus'}_${list.length + 1}`
  const made: StripeObject = { id, created: Math.floor(Date.now() / 1000) - 60 }
  for (const [name, value] of form) {
    const part = /^metadata\[(.+)\]$/.exec(name)?.[1]
    if (part === undefined) made[name] = name === 'amount' ? Number(value) : value
    else made.metadata = { ...(made.metadata as object | undefined), [part]: value }
  }
  if (isIntent) Object.assign(made, { status: 'requires_payment_method', client_secret: `${id}_secret_x` })
  list.push(made)
  byKey.set(key, made)
  return Response.json(made)
}

function refusal(status: number, message: string): Response {
  return Response.json({ error: { message } }, { status })
}
