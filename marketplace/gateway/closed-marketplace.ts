import type { App } from './app-type.ts'
import { refuse } from './refusal.ts'

const MARKETPLACE = '/api/marketplace/'

/** What is installed goes on, is seen, changed, stopped and removed; an organization's own drafts are its own. */
const OPEN: readonly string[] = [
  '/api/marketplace/installations',
  '/api/marketplace/drafts',
  '/api/marketplace/kill-list',
  '/api/marketplace/keys',
  '/api/marketplace/rules',
]
/** Brings code from the catalog. */
const UPGRADE = '/api/marketplace/installations/:id/upgrade'

/** Where the operator has switched the marketplace off: nothing is found, published, reviewed or installed from it. */
export function closeMarketplace(app: App): void {
  app.addHook('onRequest', async ({ routeOptions: { url = '' } }) => {
    if (url.startsWith(MARKETPLACE) && !isOpen(url))
      refuse('MARKETPLACE_OFF', 'the operator of this service has switched its marketplace off')
  })
}

function isOpen(url: string): boolean {
  return url !== UPGRADE && OPEN.some((path) => url === path || url.startsWith(`${path}/`))
}
