import { chmodSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import type { Socket } from 'node:net'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { monitorEventLoopDelay } from 'node:perf_hooks'
import { setTimeout as sleep } from 'node:timers/promises'
import type { Test } from 'tap'
import { createLog } from '../../../runtime/log.ts'
import { createCage, NODE_FLAGS } from '../../../runtime/sandbox/cage.ts'
import { type CodeCache, createCodeCache } from '../../../runtime/sandbox/code-cache.ts'
import { encodeFrame, HEADER_BYTES } from '../../../runtime/sandbox/framing.ts'
import { GuestPool } from '../../../runtime/sandbox/guest-pool.ts'
import { GuestRun } from '../../../runtime/sandbox/guest-run.ts'
import type { HostCall } from '../../../runtime/sandbox/host-call.ts'
import { createLoadUnit } from '../../../runtime/sandbox/load-unit.ts'
import type { Run, RunRequest, StepResult } from '../../../runtime/sandbox/run.ts'
import { READY } from '../../runtime/sandbox/ready-child.ts'
import { ATTACK_LIMITS, GRACE_MS } from '../harness/attack-limits.ts'

/** What a supervisor that checks nothing would have taken for true. */
export interface Believed {
  /** Headers of all frames. */
  headers: Record<string, unknown>[]
  /** What guests said, frame after frame. */
  said: { run: unknown; text: string }[]
  bytes: number
  /** What was thrown at it by a frame. */
  thrown?: string
  /** The child is gone. */
  gone?: true
}

/** One thing that a child does which an attacker took over. */
export interface HostileIdea {
  title: string
  /**
   * JavaScript of a function's body in the child; `q` is the question about the attacked run. `slice(q, said, more)` and
   * `answer(header, body)` speak, `read()` hears. Without a return it then waits for ever.
   */
  does: string
  /** When it does so: as soon as it is to load the code, else when it is to run it. */
  at?: 'load'
  /** The harm where everything is believed; looked for again and again while the child speaks. */
  harm(believed: Believed): string | undefined
  /** Judges how the run ended, beyond what all must hold. */
  judge(t: Test, seen: HostileEnd): void
  limits?: Partial<RunRequest['limits'] & object>
}

export interface HostileEnd {
  result: StepResult
  /** Host calls that reached the host. */
  calls: HostCall[]
  /** What it cost the service, in bytes of resident memory. */
  grownBytes: number
  worker: HostileWorker
}

export interface HostileWorker {
  pool: GuestPool
  cache: CodeCache
  start(request: Partial<RunRequest>, source?: string): Run
  /** As a supervisor that believes everything. */
  believe(idea: number, look: (believed: Believed) => string | undefined): Promise<string | undefined>
}

/** A user that no other child has. */
const CONTROL_SLOT = 900
const PATIENCE_MS = 4_000
/** A breach of a deadline must show each time: others may use the machine. */
const TRIES = 3
const LOOP_RESOLUTION_MS = 10
const SOURCE = 'var annexExtension = { default: {} }'

/** Our own children's program is replaced by one that does as it is told by a run's first argument. */
const HONEST = `
  const readExactly = (n) => { const b = Buffer.alloc(n); for (let at = 0; at < n;) { const r = fs.readSync(0, b, at, n - at, null); if (r === 0) process.exit(0); at += r } return b }
  const read = () => { const p = readExactly(readExactly(4).readUInt32BE(0)); const end = p.indexOf(10); return { ...JSON.parse(p.toString('utf8', 0, end)), body: p.subarray(end + 1).toString() } }
  const answer = (header, body = '') => write(frame(JSON.stringify(header), body))
  const slice = (q, said, more) => answer({ t: 'slice', run: q.run, end: 'done', cpuMs: 0, ...more }, typeof said === 'string' ? said : JSON.stringify(said))
  const wait = () => { for (;;) Atomics.wait(new Int32Array(new SharedArrayBuffer(4)), 0, 0, 1000) }
  const serve = (q) => {
    if (q.t === 'load') return answer({ t: 'loaded', unit: q.unit, ok: true })
    if (q.t === 'end' || q.t === 'unload' || q.t === 'ping') return answer({ t: 'done' })
    slice(q, [{ k: 'result', value: 'fine', done: true }])
  }
`

export async function openHostileWorker(
  t: Test,
  ideas: readonly Pick<HostileIdea, 'does' | 'at'>[],
  maxChildren = 4,
): Promise<HostileWorker> {
  const cage = createCage()
  t.teardown(() => cage.close())
  const folder = mkdtempSync(join(tmpdir(), 'annex-hostile-'))
  chmodSync(folder, 0o755)
  t.teardown(() => rmSync(folder, { recursive: true, force: true }))
  writeFileSync(join(folder, 'guest.cjs'), programOf(ideas), { mode: 0o644 })
  const log = createLog('silent')
  const pool = new GuestPool(cage, folder, log, { maxChildren, spares: 1 })
  t.teardown(() => pool.close())
  const cache = createCodeCache()
  const loadUnit = createLoadUnit(cache, NODE_FLAGS)
  let last = 0
  return {
    pool,
    cache,
    start(request, source = SOURCE) {
      const id = ++last
      const whole: RunRequest = {
        organizationId: 'org_attacked',
        installationId: `ins_${id}`,
        extension: '@mallory/attack',
        version: '1.0.0',
        digest: `digest-${id}`,
        platform: '1.1.0',
        source: async () => source,
        handler: ['check'],
        args: ['calm'],
        config: {},
        dispatch: async () => ({ ok: true, value: null }),
        limits: ATTACK_LIMITS,
        ...request,
      }
      return new GuestRun(pool, loadUnit, id, whole)
    },
    async believe(idea, look) {
      const believed: Believed = { headers: [], said: [], bytes: 0 }
      const child = cage.spawn(folder, `${folder}/guest.cjs`, CONTROL_SLOT)
      void child.ended.then(() => {
        believed.gone = true
      })
      const channel = await child.channel
      listen(channel, believed)
      const load = { t: 'load', unit: 1, filename: 'x', sourceBytes: 0, produceCache: false }
      channel.write(encodeFrame(JSON.stringify(load), sourceOf(idea, ideas[idea]?.at)))
      const run = { t: 'run', run: 1, unit: 1, timeoutMs: 100 }
      channel.write(encodeFrame(JSON.stringify(run), JSON.stringify({ args: [idea] })))
      const deadline = performance.now() + PATIENCE_MS
      let harm: string | undefined
      for (;;) {
        harm = look(believed)
        if (harm !== undefined || performance.now() > deadline) break
        await sleep(10)
      }
      child.kill()
      channel.destroy()
      await child.ended
      return harm
    },
  }
}

/** As it has been written many times: what is said is kept until it is whole, whatever it claims, and read as it comes. */
function listen(channel: Socket, believed: Believed): void {
  let chunks: Buffer[] = []
  let wanted = HEADER_BYTES
  let held = 0
  channel.on('error', () => {})
  channel.on('data', (chunk: Buffer) => {
    believed.bytes += chunk.length
    chunks.push(chunk)
    held += chunk.length
    if (held < wanted) return
    let seen = Buffer.concat(chunks)
    for (;;) {
      wanted = HEADER_BYTES + (seen.length < HEADER_BYTES ? 0 : seen.readUInt32BE(0))
      if (seen.length < Math.max(wanted, HEADER_BYTES + 1)) break
      hear(seen.toString('utf8', HEADER_BYTES, wanted), believed)
      seen = seen.subarray(wanted)
    }
    chunks = [seen]
    held = seen.length
  })
  channel.resume()
}

function hear(frame: string, believed: Believed): void {
  const end = frame.indexOf('\n')
  try {
    const message = JSON.parse(frame.slice(0, end)) as Record<string, unknown>
    believed.headers.push(message)
    if (message.t === 'slice') believed.said.push({ run: message.run, text: frame.slice(end + 1) })
  } catch (error) {
    believed.thrown = String(error)
  }
}

function programOf(ideas: readonly Pick<HostileIdea, 'does' | 'at'>[]): string {
  const behaviours = ideas.map(({ does }) => `(q) => {\n${does}\n}`).join(',\n')
  return `${READY}${HONEST}
  const ideas = [${behaviours}]
  const told = (q) => {
    if (q.t === 'load') return ideas[/^\\/\\/ idea (\\d+)/.exec(q.body)?.[1]]
    return q.t === 'run' ? ideas[JSON.parse(q.body).args[0]] : undefined
  }
  for (;;) { const q = read(); const idea = told(q); if (idea) { idea(q); wait() } else serve(q) }`
}

/** The code by which a child knows that it is to attack when it loads it. */
function sourceOf(idea: number, at: HostileIdea['at']): string {
  return at === 'load' ? `// idea ${idea}` : SOURCE
}

/** Runs ideas against the real supervisor, with somebody else of another organization asking all along. */
export function hostileFamily(t: Test, title: string, ideas: readonly HostileIdea[]): void {
  t.test(title, async (t) => {
    const worker = await openHostileWorker(t, ideas)
    for (const [index, idea] of ideas.entries()) {
      await t.test(idea.title, async (t) => {
        const harm = await worker.believe(index, (believed) => idea.harm(believed))
        t.ok(harm, `believed: ${harm ?? 'no harm was seen'}`)
        await strike(t, worker, index, idea)
      })
    }
    t.comment(`attacks: ${ideas.length}`)
  })
}

async function strike(t: Test, worker: HostileWorker, index: number, idea: HostileIdea): Promise<void> {
  let seen = await strikeOnce(worker, index, idea)
  for (let tries = 1; tries < TRIES && seen.late.length > 0; tries++) {
    t.comment(seen.late.join('; '))
    seen = await strikeOnce(worker, index, idea)
  }
  t.same(seen.late, [], 'nobody waits longer than promised')
  t.same(seen.failures, [], 'others are answered')
  idea.judge(t, seen)
  t.match(await askAgain(worker, seen.request), { ok: true, value: 'fine' }, 'the next run works')
}

interface Seen extends HostileEnd {
  request: Partial<RunRequest>
  failures: string[]
  late: string[]
}

async function strikeOnce(worker: HostileWorker, index: number, idea: HostileIdea): Promise<Seen> {
  const calls: HostCall[] = []
  const bystander = keepAsking(worker)
  await sleep(LOOP_RESOLUTION_MS)
  const loop = monitorEventLoopDelay({ resolution: LOOP_RESOLUTION_MS })
  const grownFrom = process.memoryUsage().rss
  const limits = { ...ATTACK_LIMITS, ...idea.limits }
  const request = { organizationId: `org_attacked_${index}`, limits }
  const dispatch = async (call: HostCall) => {
    calls.push(call)
    return { ok: true, value: null } as const
  }
  const run = worker.start({ ...request, args: [index], dispatch }, sourceOf(index, idea.at))
  loop.enable()
  const started = performance.now()
  const result = await run.step()
  const tookMs = performance.now() - started
  const grownBytes = process.memoryUsage().rss - grownFrom
  await run.close()
  const { slowestMs, failures } = await bystander.stop()
  loop.disable()
  const heldMs = loop.max / 1e6 - LOOP_RESOLUTION_MS
  const late = [
    ...(slowestMs < GRACE_MS ? [] : [`others waited ${Math.round(slowestMs)} ms`]),
    ...(heldMs < GRACE_MS ? [] : [`the event loop was held ${Math.round(heldMs)} ms`]),
    ...(tookMs < limits.wallMs + GRACE_MS ? [] : [`it took ${Math.round(tookMs)} ms`]),
  ]
  return { result, calls, grownBytes, worker, request, failures, late }
}

/** The child may still be at the attack: who is taken along by its end is told to come again. */
async function askAgain(worker: HostileWorker, request: Partial<RunRequest>): Promise<StepResult> {
  for (let tries = 1; ; tries++) {
    const next = worker.start(request)
    const result = await next.step()
    await next.close()
    if (result.ok || !result.failure.retryable || result.failure.incident || tries === TRIES) return result
  }
}

function keepAsking(worker: HostileWorker) {
  const failures: string[] = []
  let slowestMs = 0
  let over = false
  const asking = (async () => {
    while (!over) {
      const started = performance.now()
      const run = worker.start({ organizationId: 'org_other', installationId: 'ins_other', digest: 'other' })
      const result = await run.step()
      await run.close()
      slowestMs = Math.max(slowestMs, performance.now() - started)
      if (!result.ok) failures.push(JSON.stringify(result.failure))
      await sleep(5)
    }
  })()
  return {
    async stop() {
      over = true
      await asking
      return { slowestMs, failures }
    },
  }
}

/** The class with which a run ended; `well` when it did. */
export function endOf(result: StepResult): string {
  return result.ok ? 'well' : result.failure.class
}
