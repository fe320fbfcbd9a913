import type { ConnectorDefinition, Context } from '@annex/sdk'
import { endpointsOf } from './endpoints.ts'

/** What there is to read: for whoever sets up an integration, before it has an endpoint. */
export const listEndpoints: NonNullable<ConnectorDefinition['actions']>[string] = {
  params: { type: 'object', additionalProperties: false },
  async run(ctx: Context) {
    const endpoints = await endpointsOf(ctx)
    return endpoints.map(({ name, path, records = '', idField = 'id', paging }) => ({
      ...{ name, path, records, idField },
      paging: paging?.style ?? 'none',
    }))
  },
}
