import { AnnexError, type Context } from '@annex/sdk'
import { addressOf, ask, readJson } from './api.ts'
import type { Endpoint } from './endpoint.ts'
import { endpointsOfOpenApi } from './open-api.ts'

/** Those of the configuration, and those of the OpenAPI document that have other names. */
export async function endpointsOf(ctx: Context): Promise<Endpoint[]> {
  const configured = (ctx.config.endpoints ?? []) as unknown as Endpoint[]
  if (ctx.config.openapi === undefined) return configured
  const document = await documentOf(ctx, String(ctx.config.openapi).trim())
  const names = configured.map(({ name }) => name)
  return [...configured, ...endpointsOfOpenApi(document).filter(({ name }) => !names.includes(name))]
}

/** The endpoint that this integration reads. */
export async function chosenEndpoint(ctx: Context): Promise<Endpoint> {
  const configured = ((ctx.config.endpoints ?? []) as unknown as Endpoint[]).find(
    ({ name }) => name === ctx.config.endpoint,
  )
  // The document need not be fetched for an endpoint that was written by hand.
  if (configured) return configured
  const all = await endpointsOf(ctx)
  const found = ctx.config.endpoint === undefined ? all[0] : all.find(({ name }) => name === ctx.config.endpoint)
  if (found) return found
  const names = all.map(({ name }) => name).join(', ') || 'none'
  throw new AnnexError('INVALID_ARGUMENT', `There is no endpoint ${ctx.config.endpoint ?? ''}; there are: ${names}`)
}

async function documentOf(ctx: Context, openapi: string): Promise<unknown> {
  if (!openapi.startsWith('{')) return readJson(await ask(ctx, addressOf(ctx, openapi)))
  try {
    return JSON.parse(openapi)
  } catch {
    throw new AnnexError('INVALID_ARGUMENT', 'The OpenAPI document in the configuration is no JSON')
  }
}
