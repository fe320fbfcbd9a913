import { cpSync, readFileSync } from 'node:fs'
import { join } from 'node:path'
import { setTimeout as sleep } from 'node:timers/promises'
import type { Person } from '../marketplace/gateway/build-app.ts'
import type { Answer } from '../marketplace/gateway/call.ts'
import { runAnnex } from '../sdk/cli/run-annex.ts'

const EXAMPLES = join(import.meta.dirname, '../../extensions-examples')

/** The package of an example, after `annex check` and `annex pack` in a copy below `folder`. */
export async function packExample(folder: string, name: string): Promise<Uint8Array> {
  cpSync(join(EXAMPLES, name), join(folder, name), {
    recursive: true,
    filter: (path) => !/[/](\.annex|dist)$/.test(path),
  })
  const checked = await runAnnex(folder, ['check', name, '--json'])
  if (checked.json().ok !== true) throw new Error(checked.stdout)
  const packed = await runAnnex(folder, ['pack', name, '--json'])
  return readFileSync(String(packed.json().file))
}

/** Uploads a package, and has it reviewed: from then on it is in the catalog. */
export async function publishExample(author: Person, reviewer: Person, bytes: Uint8Array): Promise<void> {
  const gzip = { 'content-type': 'application/gzip' }
  const sent = await succeed(author.call('POST', '/api/marketplace/extensions', bytes, gzip))
  const { reviewId, digest } = await inReview(author, sent.text('id'))
  const review = `/api/marketplace/reviews/${reviewId}`
  await succeed(reviewer.call('POST', `${review}/claim`))
  await succeed(reviewer.call('POST', `${review}/verdict`, { verdict: 'approve', digest }))
}

async function inReview(author: Person, id: string): Promise<{ reviewId: string; digest: string }> {
  for (let tries = 0; tries < 800; tries++) {
    const { body } = await author.call('GET', `/api/marketplace/submissions/${id}`)
    const { reviewId, digest, reviewStatus } = body as Record<string, string>
    if (reviewStatus === 'validation_failed') throw new Error(JSON.stringify(body))
    if (reviewId !== undefined && digest !== undefined) return { reviewId, digest }
    await sleep(25)
  }
  throw new Error(`${id} never came into review`)
}

/** The answer, if it is a good one. */
export async function succeed(answer: Promise<Answer>): Promise<Answer> {
  const { status, body } = await answer
  if (status >= 300) throw new Error(`${status}: ${JSON.stringify(body)}`)
  return answer
}
