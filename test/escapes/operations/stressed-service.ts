/**
 * A service of its own that a test may treat badly. Says JSON lines; what it does is the first argument:
 * `hold`: runs of many kinds are under way for ever. `starve`: takes all descriptors, runs, gives them back, runs.
 */
import { closeSync, openSync } from 'node:fs'
import { createLog } from '../../../runtime/log.ts'
import type { Sandbox, StepResult } from '../../../runtime/sandbox/run.ts'
import { createSandbox } from '../../../runtime/sandbox/sandbox.ts'
import { entryScript, startGuest } from '../../runtime/sandbox/start-guest.ts'

const FINE = entryScript('check: () => "fine"')
const sandbox = await createSandbox({ log: createLog('silent'), maxChildren: 6, spares: 1 })
if (process.argv[2] === 'hold') await hold(sandbox)
else await starve(sandbox)

async function hold(sandbox: Sandbox): Promise<void> {
  const members = [
    'async check(ctx) { await ctx.kv.get("wait") }',
    'check() { for (;;) {} }',
    'async check(ctx) { for (;;) { await ctx.kv.get("k") } }',
    'async *check() { yield 1; yield 2 }',
  ]
  const waits = new Promise<never>(() => {})
  const limits = { sliceMs: 60_000, cpuMs: 60_000, wallMs: 60_000, hostCalls: 1e9 }
  for (const [index, member] of members.entries()) {
    const answer = ({ args }: { args: unknown }) => (JSON.stringify(args).includes('wait') ? waits : OK)
    void startGuest(sandbox, entryScript(member), { organizationId: `org_${index}`, limits, answer }).step()
  }
  setInterval(() => say({ pids: sandbox.status().children.filter(({ state }) => state !== 'starting').length }), 20)
}

const OK = { ok: true, value: null } as const

async function starve(sandbox: Sandbox): Promise<void> {
  say({ step: 'before', end: await run(sandbox, 'org_known') })
  const taken = takeAll()
  say({ step: 'taken', count: taken.length })
  say({ step: 'known', end: await run(sandbox, 'org_known') })
  const others = await Promise.all(['org_b', 'org_c', 'org_d'].map((name) => run(sandbox, name)))
  say({ step: 'starved', ends: others })
  for (const descriptor of taken) closeSync(descriptor)
  say({
    step: 'after',
    ends: [await run(sandbox, 'org_known'), await again(sandbox, 'org_b'), await again(sandbox, 'org_e')],
  })
  await sandbox.close()
  say({ step: 'closed' })
}

/** A process that was begun while there was nothing to start it with may still be dying. */
async function again(sandbox: Sandbox, organizationId: string): ReturnType<typeof run> {
  const first = await run(sandbox, organizationId)
  return first.result.ok || !first.result.failure.retryable ? first : run(sandbox, organizationId)
}

async function run(sandbox: Sandbox, organizationId: string): Promise<{ result: StepResult; ms: number }> {
  const started = performance.now()
  const run = startGuest(sandbox, FINE, { organizationId, installationId: `ins_${organizationId}`, digest: 'one' })
  const result = await run.step()
  await run.close()
  return { result, ms: performance.now() - started }
}

function takeAll(): number[] {
  const taken: number[] = []
  for (;;) {
    try {
      taken.push(openSync('/dev/null', 'r'))
    } catch (error) {
      if ((error as { code?: unknown }).code === 'EMFILE') return taken
      throw error
    }
  }
}

function say(line: object): void {
  process.stdout.write(`${JSON.stringify(line)}\n`)
}
