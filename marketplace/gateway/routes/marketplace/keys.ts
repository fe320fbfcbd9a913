import type { Services } from '../../../services.ts'
import type { App } from '../../app-type.ts'
import { PublicKeys } from '../../marketplace-schemas.ts'
import { PROBLEMS, PUBLIC } from '../../schemas.ts'

const get = {
  tags: ['marketplace/keys'],
  summary: 'The public keys that signatures of packages are verified with, newest first',
  security: PUBLIC,
  response: { 200: PublicKeys, ...PROBLEMS },
}

/** Seconds for which a revocation may go unnoticed by who verifies packages elsewhere. */
const MAX_AGE = 300

export function registerPublicKeys(app: App, { signing }: Services): void {
  app.get('/api/marketplace/keys', { schema: get }, async (_, reply) => {
    const keys = await signing.keys.published()
    return reply.header('cache-control', `public, max-age=${MAX_AGE}`).send({ keys })
  })
}
