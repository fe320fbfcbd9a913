import { setTimeout as sleep } from 'node:timers/promises'
import type { Person, TestApp } from '../marketplace/gateway/build-app.ts'

/**
 * Publishes a package of `acme`'s, as an author and a reviewer do. The operator is the first person of `app`. Answers how
 * to publish another one by the same two.
 */
export async function publishPackage(
  app: Pick<TestApp, 'person'>,
  operator: Person,
  first: Uint8Array,
): Promise<(bytes: Uint8Array) => Promise<void>> {
  const author = await app.person('author')
  await succeed(author.call('POST', '/api/marketplace/publishers', { slug: 'acme', displayName: 'Acme' }))
  const reviewer = await app.person('reviewer')
  const roles = { platformRoles: ['reviewer'] }
  await succeed(operator.call('PUT', `/api/admin/users/${reviewer.userId}/roles`, roles))
  const publish = async (bytes: Uint8Array): Promise<void> => {
    const gzip = { 'content-type': 'application/gzip' }
    const sent = await succeed(author.call('POST', '/api/marketplace/extensions', bytes, gzip))
    const { reviewId, digest } = await inReview(author, sent.text('id'))
    const review = `/api/marketplace/reviews/${reviewId}`
    await succeed(reviewer.call('POST', `${review}/claim`))
    const decided = await reviewer.call('POST', `${review}/verdict`, { verdict: 'approve', digest })
    await (decided.status < 300 || waive(reviewer, review, digest, decided.body))
  }
  await publish(first)
  return publish
}

/** What wants a person's word has it. */
async function waive(reviewer: Person, review: string, digest: string, refusal: unknown): Promise<void> {
  const { code, details } = refusal as { code: string; details?: { findings: { rule: string }[] } }
  if (code !== 'FINDINGS_OPEN' || !details) throw new Error(JSON.stringify(refusal))
  const rules = [...new Set(details.findings.map(({ rule }) => rule))]
  const waivers = rules.map((rule) => ({ rule, reason: 'Looked at' }))
  await succeed(reviewer.call('POST', `${review}/verdict`, { verdict: 'approve', digest, waivers }))
}

async function inReview(author: Person, id: string): Promise<{ reviewId: string; digest: string }> {
  for (let tries = 0; tries < 400; tries++) {
    const answer = await author.call('GET', `/api/marketplace/submissions/${id}`)
    const { reviewId, digest, reviewStatus } = answer.body as Record<string, string>
    if (reviewStatus === 'validation_failed') throw new Error(JSON.stringify(answer.body))
    if (reviewId !== undefined && digest !== undefined) return { reviewId, digest }
    await sleep(50)
  }
  throw new Error(`${id} never came into review`)
}

async function succeed(answer: ReturnType<Person['call']>): ReturnType<Person['call']> {
  const { status, body } = await answer
  if (status >= 300) throw new Error(`${status}: ${JSON.stringify(body)}`)
  return answer
}
