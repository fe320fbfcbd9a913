import { setTimeout as sleep } from 'node:timers/promises'
import type { Person, TestApp } from '../marketplace/gateway/build-app.ts'

/** Publishes a package of `acme`'s, as an author and a reviewer do. The operator is the first person of `app`. */
export async function publishPackage(app: Pick<TestApp, 'person'>, operator: Person, bytes: Uint8Array): Promise<void> {
  const author = await app.person('author')
  await succeed(author.call('POST', '/api/marketplace/publishers', { slug: 'acme', displayName: 'Acme' }))
  const gzip = { 'content-type': 'application/gzip' }
  const sent = await succeed(author.call('POST', '/api/marketplace/extensions', bytes, gzip))
  const { reviewId, digest } = await inReview(author, sent.text('id'))
  const reviewer = await app.person('reviewer')
  const roles = { platformRoles: ['reviewer'] }
  await succeed(operator.call('PUT', `/api/admin/users/${reviewer.userId}/roles`, roles))
  const review = `/api/marketplace/reviews/${reviewId}`
  await succeed(reviewer.call('POST', `${review}/claim`))
  await succeed(reviewer.call('POST', `${review}/verdict`, { verdict: 'approve', digest }))
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
