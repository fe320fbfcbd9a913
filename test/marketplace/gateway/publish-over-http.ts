import { setTimeout as sleep } from 'node:timers/promises'
import type { Person } from './build-app.ts'
import type { Answer } from './call.ts'

/** Uploads a package and waits until its check has decided; the submission as it then stands. */
export async function upload(owner: Person, bytes: Uint8Array, query = ''): Promise<Answer> {
  const type = { 'content-type': 'application/gzip' }
  const sent = await owner.call('POST', `/api/marketplace/extensions${query}`, bytes, type)
  if (sent.status !== 202) throw new Error(JSON.stringify(sent.body))
  for (let tries = 0; tries < 400; tries++) {
    const answer = await owner.call('GET', `/api/marketplace/submissions/${sent.text('id')}`)
    if (!['submitted', 'validating'].includes(answer.text('reviewStatus'))) return answer
    await sleep(50)
  }
  throw new Error('it was never checked')
}

/** A reviewer's verdict on what is in review. */
export async function decide(reviewer: Person, review: string, verdict = 'approve'): Promise<Answer> {
  const digest = (await reviewer.call('POST', `/api/marketplace/reviews/${review}/claim`)).text('digest')
  const body = { verdict, digest, ...(verdict === 'approve' ? {} : { reasons: ['It does not do what it says'] }) }
  return reviewer.call('POST', `/api/marketplace/reviews/${review}/verdict`, body)
}

/** From bytes to the catalog. */
export async function publish(owner: Person, reviewer: Person, bytes: Uint8Array, query = ''): Promise<void> {
  const submission = await upload(owner, bytes, query)
  const verdict = await decide(reviewer, submission.text('reviewId'))
  if (verdict.status !== 200) throw new Error(JSON.stringify([submission.body, verdict.body]))
}
