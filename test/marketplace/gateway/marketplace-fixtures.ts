import { join } from 'node:path'
import { setTimeout as sleep } from 'node:timers/promises'
import { seedCatalog } from '../../../marketplace/catalog/seed-catalog.ts'
import { changedPackage } from '../../sdk/package/good-package.ts'
import type { Person, TestApp } from './build-app.ts'

/** Publishes examples of the product, by name of their folder. */
export async function publishExamples({ services }: TestApp, names: readonly string[]): Promise<void> {
  const { jobs, sandbox } = services.runtime
  const root = join(import.meta.dirname, '../../../extensions-examples')
  const folders = names.map((name) => join(root, name))
  const seeded = await seedCatalog({ ...services, jobs, sandbox }, folders)
  const missing = seeded.filter(({ outcome }) => outcome !== 'published')
  if (missing.length > 0) throw new Error(`not published: ${JSON.stringify(missing)}`)
}

/** Installs `@publisher/name` as an admin does: reads the consent, and grants what it asks for. */
export async function install(admin: Person, extension: string): Promise<string> {
  const path = `/api/marketplace/install/${extension.slice(1)}`
  const asked = await admin.call('POST', path, {})
  const { details } = asked.body as { details?: { grant: unknown } }
  if (asked.status !== 409 || !details) throw new Error(`no consent asked: ${JSON.stringify(asked.body)}`)
  const installed = await admin.call('POST', path, { grant: details.grant })
  if (installed.status !== 200) throw new Error(JSON.stringify(installed.body))
  return installed.text('id')
}

/** Submits a good package as the owner of `acme`, and waits until it is in review. */
export async function submit(owner: Person): Promise<{ submission: string; review: string }> {
  const publisher = await owner.call('POST', '/api/marketplace/publishers', { slug: 'acme', displayName: 'Acme' })
  if (publisher.status !== 201) throw new Error(JSON.stringify(publisher.body))
  const bytes = changedPackage({})
  const sent = await owner.call('POST', '/api/marketplace/extensions', bytes, { 'content-type': 'application/gzip' })
  if (sent.status !== 202) throw new Error(JSON.stringify(sent.body))
  const submission = sent.text('id')
  for (let tries = 0; tries < 200; tries++) {
    const { body } = await owner.call('GET', `/api/marketplace/submissions/${submission}`)
    const { reviewId } = body as { reviewId?: string }
    if (reviewId !== undefined) return { submission, review: reviewId }
    await sleep(50)
  }
  throw new Error(`${submission} never came into review`)
}
