import { readFileSync } from 'node:fs'
import { join } from 'node:path'
import t from 'tap'
import { newProject } from '../new-project.ts'
import { runAnnex } from '../run-annex.ts'
import { json, scriptedServer } from '../scripted-server.ts'

const DRAFT = { publisher: 'acme', name: 'site-notes', kind: 'transformation', year: 2026 } as const

function submission(reviewStatus: string, open: boolean, more: object = {}) {
  const named = { id: 'sub_1', extension: '@acme/site-notes', version: '0.1.0', nextStep: 'Wait.' }
  return {
    ...named,
    status: 'SUBMITTED',
    reviewStatus,
    open,
    findings: [],
    updatedAt: '2026-01-01T00:00:00.000Z',
    ...more,
  }
}

const waiting = json(202, submission('submitted', true))
const inReview = json(200, submission('in_review', true))

t.test('uploads the packed bytes and follows them into review', async (t) => {
  const folder = t.testdir(newProject(DRAFT))
  const server = await scriptedServer(t, [waiting, json(200, submission('validating', true)), inReview])
  const env = { ANNEX_SERVER: server.url, ANNEX_KEY: 'ci-key' }
  const run = await runAnnex(folder, ['publish', '--json'], env)
  t.equal(run.code, 0)
  t.match(run.json(), { ok: true, submission: { id: 'sub_1', reviewStatus: 'in_review' } })
  const [upload, ...polls] = server.seen
  t.match(upload, { method: 'POST', url: '/api/marketplace/extensions' })
  t.equal(upload?.headers.authorization, 'Bearer ci-key')
  await runAnnex(folder, ['pack'])
  t.ok(upload?.body.equals(readFileSync(join(folder, 'acme-site-notes-0.1.0.tgz'))))
  t.strictSame(
    polls.map(({ method, url }) => `${method} ${url}`),
    Array.from({ length: 2 }, () => 'GET /api/marketplace/submissions/sub_1'),
  )
})

t.test('names the channel that it is for', async (t) => {
  const folder = t.testdir(newProject(DRAFT))
  const server = await scriptedServer(t, [inReview])
  const env = { ANNEX_SERVER: server.url, ANNEX_KEY: 'ci-key' }
  t.equal((await runAnnex(folder, ['publish', '--channel', 'be ta'], env)).code, 0)
  t.equal(server.seen[0]?.url, '/api/marketplace/extensions?channel=be%20ta', 'as it was written')
})

t.test('with --wait it goes on to the verdict; a refusal is exit code 1 with the reasons', async (t) => {
  const folder = t.testdir(newProject(DRAFT))
  const verdict = submission('changes_requested', false, { reasons: ['Say why you need it'], nextStep: 'Change it.' })
  const server = await scriptedServer(t, [waiting, inReview, inReview, json(200, verdict)])
  const run = await runAnnex(folder, ['publish', '--wait'], { ANNEX_SERVER: server.url, ANNEX_KEY: 'k' })
  t.equal(run.code, 1)
  t.match(run.stdout, /changes_requested[\s\S]*reason: Say why you need it[\s\S]*next: Change it\./)
  t.match(run.stderr, /sub_1: in_review/, 'and tells each state on the way')
})

t.test('findings of the server are shown with rule, place and remedy', async (t) => {
  const folder = t.testdir(newProject(DRAFT))
  const finding = { rule: 'MAN-04', severity: 'error', message: 'The version is taken', file: 'package.json', line: 3 }
  const failed = submission('validation_failed', false, { findings: [{ ...finding, fix: 'Raise it', docs: 'man-04' }] })
  const server = await scriptedServer(t, [waiting, json(200, failed)])
  const run = await runAnnex(folder, ['publish'], { ANNEX_SERVER: server.url, ANNEX_KEY: 'k' })
  t.equal(run.code, 1)
  t.match(run.stdout, /error MAN-04 The version is taken\n {2}where: package\.json:3\n {2}mend: {2}Raise it/)
})

t.test('what the rules refuse is not uploaded', async (t) => {
  const folder = t.testdir({ ...newProject(DRAFT), 'README.md': 'x' })
  const server = await scriptedServer(t, [waiting])
  const run = await runAnnex(folder, ['publish', '--json'], { ANNEX_SERVER: server.url, ANNEX_KEY: 'k' })
  t.equal(run.code, 1)
  t.match(run.json(), { ok: false, uploaded: false, findings: [{ rule: 'DOC-01' }] })
  t.equal(server.seen.length, 0)
})

t.test('a submission without an end in time is exit code 3, and says how to look later', async (t) => {
  const folder = t.testdir(newProject(DRAFT))
  const server = await scriptedServer(t, [waiting])
  const env = { ANNEX_SERVER: server.url, ANNEX_KEY: 'k' }
  const run = await runAnnex(folder, ['publish', '--timeout', '0.5'], env)
  t.equal(run.code, 3)
  t.match(run.stderr, 'annex status sub_1')
})

t.test('status lists my submissions, and tells one in full', async (t) => {
  const folder = t.testdir()
  const server = await scriptedServer(t, [
    json(200, { data: [submission('published', false), submission('in_review', true)] }),
    json(200, submission('rejected', false, { reasons: ['No'] })),
  ])
  const env = { ANNEX_SERVER: server.url, ANNEX_KEY: 'k' }
  t.match((await runAnnex(folder, ['status'], env)).stdout, /sub_1 {2}@acme\/site-notes 0\.1\.0 {2}published/)
  const one = await runAnnex(folder, ['status', 'sub_1', '--json'], env)
  t.equal(one.code, 1)
  t.match(one.json(), { submission: { reviewStatus: 'rejected', reasons: ['No'] } })
})
