import type { FetchAnswer, HostCallArguments } from '@annex/sdk/host-api'
import type { Egress } from '../egress/egress.ts'
import { principalName } from '../permissions/principal.ts'
import { refusal, success } from '../result.ts'
import type { Answer, CallContext } from './call-context.ts'

/** `ctx.fetch`: out through the gate, with the hosts and credentials of this installation and no others. */
export function createFetchCalls(egress: Egress) {
  return {
    fetch: async (context: CallContext, args: HostCallArguments<'fetch'>): Answer => {
      const body = readBody(args)
      if (body === 'invalid') return refusal('INVALID_ARGUMENT', 'the body is not base64')
      const { installation, principal, credentials } = context
      const result = await egress.fetch({
        organizationId: installation.organizationId,
        actor: principalName(principal),
        grants: installation.egress,
        injections: installation.injections.map((injection) => ({ injection, values: credentials })),
        request: {
          url: args.url,
          method: args.method ?? 'GET',
          headers: args.headers ?? [],
          ...(body === undefined ? {} : { body }),
        },
        signal: context.signal,
      })
      if (!result.ok) return result
      const { body: bytes, ...answer } = result.value
      return success({ ...answer, ...encodeBody(bytes, args.responseEncoding) } satisfies FetchAnswer)
    },
  }
}

const BASE64 = /^(?:[A-Za-z0-9+/]{4})*(?:[A-Za-z0-9+/]{2}==|[A-Za-z0-9+/]{3}=)?$/

function readBody({ body, encoding }: HostCallArguments<'fetch'>): Uint8Array | undefined | 'invalid' {
  if (body === undefined) return undefined
  if (encoding !== 'base64') return Buffer.from(body)
  return BASE64.test(body) ? Buffer.from(body, 'base64') : 'invalid'
}

function encodeBody(bytes: Uint8Array, encoding: 'base64' | undefined): Pick<FetchAnswer, 'body' | 'encoding'> {
  if (encoding === 'base64') return { body: Buffer.from(bytes).toString('base64'), encoding }
  return { body: new TextDecoder().decode(bytes) }
}
