import swagger from '@fastify/swagger'
import type { App } from './app-type.ts'

export const API_VERSION = '1.0.0'

/** Collects every route registered after it into one OpenAPI 3.1 document. */
export async function describeRoutes(app: App): Promise<void> {
  await app.register(swagger, {
    openapi: {
      openapi: '3.1.0',
      info: {
        title: 'Annex',
        version: API_VERSION,
        description: 'Extension marketplace and integration service. Errors are problem details (RFC 9457).',
        license: { name: 'MIT', identifier: 'MIT' },
      },
      servers: [{ url: '/' }],
      components: {
        securitySchemes: {
          session: { type: 'http', scheme: 'bearer', bearerFormat: 'JWT', description: 'An access token of /api/auth' },
          apiKey: { type: 'http', scheme: 'bearer', description: 'An API key' },
          apiKeyHeader: { type: 'apiKey', in: 'header', name: 'X-API-Key', description: 'An API key' },
        },
      },
    },
    refResolver: { buildLocalReference: (schema) => String(schema.$id) },
    transform: ({ schema, url, route }) => ({ schema: withCommonHeaders(schema, route.method), url }),
  })
}

/** Headers that hooks read on every route, so that the description knows them too. */
function withCommonHeaders<S>(schema: S, method: string | string[]): S {
  if (method !== 'POST' || typeof schema !== 'object' || schema === null) return schema
  const description = 'Repeats with this key are answered with the first answer for 24 hours'
  const key = { type: 'string', minLength: 1, maxLength: 255, description }
  return { ...schema, headers: { type: 'object', properties: { 'Idempotency-Key': key } } }
}
