import { type Client, textAt, valueAt } from '../../faults/client.ts'
import { eventually } from '../../faults/eventually.ts'

const CHECK_MS = 60_000

/** How the check of an upload ended. */
export interface CheckedUpload {
  state: string
  /** Rules with an error. */
  rules: string[]
  /** Once in review. */
  reviewId?: string
  digest: string
}

/** Uploads a package and waits for the end of its check. */
export async function upload(author: Client, bytes: Uint8Array): Promise<CheckedUpload> {
  const id = textAt(await author.expect('POST', '/api/marketplace/extensions', bytes, [200, 202]), 'id')
  return eventually(`the check of ${id} ends`, () => checked(author, id), { withinMs: CHECK_MS, everyMs: 100 })
}

async function checked(author: Client, id: string): Promise<CheckedUpload | undefined> {
  const answer = await author.expect('GET', `/api/marketplace/submissions/${id}`)
  const state = textAt(answer, 'reviewStatus')
  if (state === 'submitted' || state === 'validating') return undefined
  const findings = valueAt(answer, 'findings') as { rule: string; severity: string }[]
  const rules = findings.filter(({ severity }) => severity === 'error').map(({ rule }) => rule)
  const reviewId = valueAt(answer, 'reviewId')
  const review = typeof reviewId === 'string' ? { reviewId } : {}
  return { state, rules: [...new Set(rules)], ...review, digest: textAt(answer, 'digest') }
}

/** Takes what is in review into the catalog. `reviewer` has the role. */
export async function approve(reviewer: Client, { reviewId, digest, state, rules }: CheckedUpload): Promise<void> {
  if (reviewId === undefined) throw new Error(`nothing to review, but ${state} (${rules.join(', ')})`)
  await reviewer.expect('POST', `/api/marketplace/reviews/${reviewId}/claim`)
  const open = valueAt(await reviewer.expect('GET', `/api/marketplace/reviews/${reviewId}`), 'open') as {
    rule: string
  }[]
  const waivers = [...new Set(open.map(({ rule }) => rule))].map((rule) => ({ rule, reason: 'Looked at' }))
  const verdict = { verdict: 'approve', digest, waivers }
  await reviewer.expect('POST', `/api/marketplace/reviews/${reviewId}/verdict`, verdict)
}

/** Installs `@publisher/name` with all that it asks for; answers the installation's id. */
export async function installFor(admin: Client, extension: string): Promise<string> {
  const path = `/api/marketplace/install/${extension.slice(1)}`
  const asked = await admin.expect('POST', path, {}, [409])
  const installed = await admin.expect('POST', path, { grant: valueAt(asked, 'details.grant') }, [200])
  return textAt(installed, 'id')
}
