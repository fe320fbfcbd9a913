import { execFile } from 'node:child_process'
import { fileURLToPath } from 'node:url'
import t from 'tap'
import { GRACE_MS } from '../harness/attack-limits.ts'

const SERVICE = fileURLToPath(new URL('stressed-service.ts', import.meta.url))
const PATIENCE_MS = 45_000

interface Line {
  step: string
  count?: number
  end?: { result: { ok: boolean }; ms: number }
  ends?: { result: { ok: boolean; failure?: { class: string; retryable: boolean; incident: boolean } }; ms: number }[]
}

/** A service that may open so many files, and what it said. */
function starve(files: number): Promise<{ lines: Line[]; code: unknown }> {
  return new Promise((resolve) => {
    const args = [`--nofile=${files}:${files}`, '--', process.execPath, SERVICE, 'starve']
    const options = { timeout: PATIENCE_MS, env: { PATH: process.env.PATH ?? '' } }
    execFile('prlimit', args, options, (error, stdout) => {
      const lines = stdout.split('\n').filter(Boolean)
      resolve({ lines: lines.map((line) => JSON.parse(line) as Line), code: error?.code ?? error?.signal ?? 0 })
    })
  })
}

t.test('a service without a descriptor left', async (t) => {
  const { lines, code } = await starve(256)
  const step = (name: string) => lines.find((line) => line.step === name)
  t.equal(code, 0, 'it lives on')
  t.ok((step('taken')?.count ?? 0) > 50, 'control: all are taken, and opening one more throws')
  t.match(step('before')?.end?.result, { ok: true })
  t.match(step('known')?.end?.result, { ok: true, value: 'fine' }, 'who has a process goes on')
  const starved = step('starved')?.ends ?? []
  t.equal(starved.length, 3)
  for (const { result, ms } of starved) {
    if (!result.ok)
      t.match(result.failure, { class: /^(CRASH|QUEUE)$/, retryable: true, incident: false }, 'it may be tried again')
    t.ok(ms < 10 * GRACE_MS + GRACE_MS, `told after ${Math.round(ms)} ms`)
  }
  t.ok(
    starved.some(({ result }) => !result.ok),
    'control: there was nothing to start one with',
  )
  for (const { result } of step('after')?.ends ?? [{ result: { ok: false } }])
    t.match(result, { ok: true, value: 'fine' })
  t.ok(step('closed'), 'and it closes')
})
