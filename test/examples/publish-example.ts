import { cpSync, readFileSync } from 'node:fs'
import { join } from 'node:path'
import { setTimeout as sleep } from 'node:timers/promises'
import type { Person } from '../marketplace/gateway/build-app.ts'
import type { Answer } from '../marketplace/gateway/call.ts'
import { runAnnex } from '../sdk/cli/run-annex.ts'

const EXAMPLES = join(import.meta.dirname, '../../extensions-examples')

export interface PackedExample {
  bytes: Uint8Array
  /** Paths of the files in it. */
  paths: string[]
}

/** The package of an example, after `annex pack` in a copy below `folder`. */
export async function packExample(folder: string, name: string): Promise<PackedExample> {
  cpSync(join(EXAMPLES, name), join(folder, name), {
    recursive: true,
    filter: (path) => !/[/](\.annex|dist)$/.test(path),
  })
  const packed = (await runAnnex(folder, ['pack', name, '--json'])).json()
  const files = packed.files as { path: string }[]
  return { bytes: readFileSync(String(packed.file)), paths: files.map(({ path }) => path) }
}

/** Uploads a package, and has it reviewed: from then on it is in the catalog. */
export async function publishExample(author: Person, reviewer: Person, bytes: Uint8Array): Promise<void> {
  const gzip = { 'content-type': 'application/gzip' }
  const sent = await succeed(author.call('POST', '/api/marketplace/extensions', bytes, gzip))
  const { reviewId, digest } = await inReview(author, sent.text('id'))
  const review = `/api/marketplace/reviews/${reviewId}`
  await succeed(reviewer.call('POST', `${review}/claim`))
  const { open } = (await succeed(reviewer.call('GET', review))).body as { open: { rule: string }[] }
  const waivers = [...new Set(open.map(({ rule }) => rule))].map((rule) => ({ rule, reason: 'Looked at' }))
  await succeed(reviewer.call('POST', `${review}/verdict`, { verdict: 'approve', digest, waivers }))
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
