import { createHash } from 'node:crypto'
import { packExtension, readManifest } from '@annex/package/pack'
import type { JsonObject } from '@annex/sdk/json'
import type { Manifest } from '@annex/sdk/manifest'
import { PLATFORM_VERSION } from '@annex/sdk/platform-version'
import type { Jobs } from '../../runtime/jobs/jobs.ts'
import type { Log } from '../../runtime/log.ts'
import type { Sandbox } from '../../runtime/sandbox/run.ts'
import type { Store } from '../../runtime/storage/port.ts'
import type { Identity } from '../accounts/identity.ts'
import type { Publishing } from '../publishing/publishing.ts'
import { versions } from '../publishing/publishing-collections.ts'
import type { Reviews } from '../review/reviews.ts'

export interface SeedDeps {
  store: Store
  log: Log
  jobs: Jobs
  sandbox: Sandbox
  publishing: Publishing
  reviews: Reviews
}

/** What came of one folder. */
export type Seeded = { folder: string; extension?: string; outcome: 'published' | 'present' | 'refused' }

const ACTOR = 'system:seed'
const CHECK_MS = 300_000

/** No account: nobody signs in as it, and so nobody who reviews is a member of its publishers. */
const SEEDER: Identity = {
  kind: 'user',
  userId: 'usr_seed',
  email: '',
  platformRoles: [],
  organizationIds: [],
  publisherScopes: [],
}

/**
 * Fills the catalog with the extensions of these folders by the way that every package goes: upload, full check, and a
 * verdict, which is the platform's own. What is there already stays as it is; what was interrupted is taken up again. Not
 * for production: an operator there decides what the catalog offers.
 */
export async function seedCatalog(deps: SeedDeps, folders: readonly string[]): Promise<Seeded[]> {
  const seeded: Seeded[] = []
  for (const folder of folders) seeded.push(await seed(deps, folder))
  return seeded
}

async function seed(deps: SeedDeps, folder: string): Promise<Seeded> {
  const read = await readManifest(folder)
  if (!read.ok) return refuse(deps, folder, read.problems)
  const { name: extension, version } = read.manifest
  if (await isThere(deps.store, `${extension}@${version}`)) return { folder, extension, outcome: 'present' }
  const packed = await packExtension(folder, { describe: (code) => describe(deps.sandbox, code) })
  if (!packed.ok) return refuse(deps, folder, packed.problems)
  const slug = extension.slice(1, extension.indexOf('/'))
  const owned = await openPublisher(deps.publishing, slug)
  if (!owned.ok) return refuse(deps, folder, owned.error)
  const uploaded = await deps.publishing.submissions.upload(SEEDER, packed.bytes, { actor: ACTOR })
  if (!uploaded.ok) return refuse(deps, folder, uploaded.error)
  const { submission, jobId } = uploaded.value
  await deps.jobs.runInline(jobId, CHECK_MS)
  return decide(deps, folder, submission.id)
}

/** In review, after a start that was interrupted, is not there yet: the same bytes find the same submission. */
async function isThere(store: Store, versionId: string): Promise<boolean> {
  const version = await store.asSystem('seeding reads the public catalog')(versions).get(versionId)
  return version !== undefined && version.state !== 'in_review'
}

async function openPublisher(
  { publishers }: Publishing,
  slug: string,
): Promise<{ ok: true } | { ok: false; error: unknown }> {
  if (await publishers.roleOf(SEEDER.userId, slug)) return { ok: true }
  return publishers.create(SEEDER, { slug, displayName: 'Examples' }, ACTOR)
}

async function decide(deps: SeedDeps, folder: string, submissionId: string): Promise<Seeded> {
  const checked = await deps.publishing.submissions.get(SEEDER, submissionId)
  if (!checked.ok) return refuse(deps, folder, checked.error)
  if (checked.value.reviewStatus !== 'in_review') return refuse(deps, folder, checked.value.findings)
  const verdict = await deps.reviews.decideAsSystem(submissionId, { reason: 'seed', text: 'It ships with the product' })
  if (!verdict.ok) return refuse(deps, folder, verdict.error)
  return { folder, extension: verdict.value.extension, outcome: 'published' }
}

/** One folder that cannot be seeded does not keep the service from starting. */
function refuse({ log }: SeedDeps, folder: string, why: unknown): Seeded {
  log.warn({ folder, why }, 'an extension of the product was not added to the catalog')
  return { folder, outcome: 'refused' }
}

/** What the definition says of itself, told by the sandbox that will run it, without any grant. */
async function describe(sandbox: Sandbox, code: { source: string; manifest: Manifest }): Promise<JsonObject> {
  const { name, version } = code.manifest
  const run = sandbox.start({
    organizationId: 'system',
    installationId: 'ins_seed',
    extension: name,
    version,
    digest: createHash('sha256').update(code.source).digest('hex'),
    platform: PLATFORM_VERSION,
    source: async () => code.source,
    handler: ['$describe'],
    args: [],
    config: {},
    dispatch: async (call) => ({
      ok: false,
      error: { code: 'PERMISSION_DENIED', message: `${call.name} is not granted` },
    }),
  })
  try {
    const step = await run.step()
    if (!step.ok) throw new Error(`${name} cannot be described: ${step.failure.message}`)
    if (typeof step.value !== 'object' || step.value === null || Array.isArray(step.value))
      throw new Error(`${name} describes itself as no object`)
    return step.value
  } finally {
    await run.close()
  }
}
