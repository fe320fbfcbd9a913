import { chmodSync, mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { monitorEventLoopDelay } from 'node:perf_hooks'
import t, { type Test } from 'tap'
import { createLog } from '../../../runtime/log.ts'
import { createCage } from '../../../runtime/sandbox/cage.ts'
import { CheckProcess, type CheckResult } from '../../../runtime/sandbox/check-process.ts'
import { prepareChildFolder } from '../../../runtime/sandbox/child-folder.ts'
import { CHECK_LIMITS } from '../../../runtime/sandbox/limits.ts'
import { eventually } from '../../faults/eventually.ts'
import { changedPackage } from '../../sdk/package/good-package.ts'
import { CHECK_OPTIONS } from './hold-checker.ts'

const GRACE_MS = 1_000
const MB = 1024 * 1024
const SLOT = 950
const CHECK = { t: 'check', options: CHECK_OPTIONS } as const
const VALIDATE = { t: 'validate' } as const
const FOR_EVER = JSON.stringify({ schema: { type: 'string', pattern: '^(a+)+$' }, values: [`${'a'.repeat(50)}!`] })
const AT_ONCE = JSON.stringify({ schema: { type: 'integer' }, values: [1] })
const good = changedPackage({})

async function openProcess(t: Test, folder?: string): Promise<CheckProcess> {
  const cage = createCage({ dataBytes: CHECK_LIMITS.dataBytes })
  const checks = new CheckProcess(cage, folder ?? (await prepareChildFolder()), SLOT, createLog('silent'))
  t.teardown(async () => {
    await checks.close()
    cage.close()
  })
  return checks
}

t.test('a check child that is killed in the middle of a check', async (t) => {
  const checks = await openProcess(t)
  t.match(await checks.ask(VALIDATE, AT_ONCE, 1_000), { ok: true })
  const held = checks.ask(VALIDATE, FOR_EVER, 10_000)
  const behind = [checks.ask(CHECK, good, 15_000), checks.ask(VALIDATE, AT_ONCE, 1_000)]
  const pid = await eventually('it is at work', async () => checkChild('R'), { withinMs: 5_000, everyMs: 5 })
  const struck = performance.now()
  process.kill(pid, 'SIGKILL')
  t.match(await held, { ok: false, code: 'CHECK_CRASHED' }, 'it is no verdict on what was read')
  t.ok(performance.now() - struck < GRACE_MS, 'told within a second')
  t.match(
    await Promise.all(behind),
    [{ ok: true, value: { ok: true } }, { ok: true }],
    'who waited behind it gets a turn',
  )
})

t.test('a check child that is frozen', async (t) => {
  const checks = await openProcess(t)
  t.match(await checks.ask(VALIDATE, AT_ONCE, 1_000), { ok: true })
  process.kill(
    await eventually('it is there', async () => checkChild('RS'), { withinMs: 5_000, everyMs: 5 }),
    'SIGSTOP',
  )
  const started = performance.now()
  t.match(await checks.ask(VALIDATE, AT_ONCE, 250), { ok: false, code: 'CHECK_TIMEOUT' })
  t.ok(performance.now() - started < 250 * CHECK_LIMITS.wallFactor + GRACE_MS, 'told in time')
  t.match(await checks.ask(VALIDATE, AT_ONCE, 1_000), { ok: true }, 'the next one gets another child')
})

t.test('checks queued behind hostile ones get their turn', async (t) => {
  const checks = await openProcess(t)
  const hostile = Array.from({ length: 3 }, () => checks.ask(VALIDATE, FOR_EVER, 250))
  const honest = Array.from({ length: 4 }, () => checks.ask(VALIDATE, AT_ONCE, 1_000))
  for (const end of await Promise.all(hostile))
    t.match(end, { ok: false, code: 'CHECK_TIMEOUT' }, 'control: it takes for ever')
  for (const end of await Promise.all(honest)) t.match(end, { ok: true })
})

t.test('a line that is full refuses at once, and empties', async (t) => {
  const checks = await openProcess(t)
  const held = checks.ask(VALIDATE, FOR_EVER, 300)
  const line = Array.from({ length: CHECK_LIMITS.queueLengthOfOne }, () => checks.ask(VALIDATE, AT_ONCE, 1_000))
  t.match(await checks.ask(VALIDATE, AT_ONCE, 1_000), { ok: false, code: 'CHECK_QUEUE' })
  const other = checks.ask(VALIDATE, AT_ONCE, 1_000, 'another')
  t.notOk((await held).ok)
  t.ok(
    (await Promise.all(line)).every(({ ok }) => ok),
    'all that were taken in are answered',
  )
  t.ok((await other).ok, 'and so is another owner, whose line is not full')
})

/** What a check child does that a package has taken over, at its first question. */
const HOSTILE: [title: string, does: string, code: RegExp][] = [
  ['garbage', 'write(require("node:crypto").randomBytes(65536)); wait()', /CHECK_CRASHED/],
  ['a length of 4 GB', 'write(Buffer.from([255, 255, 255, 255])); wait()', /CHECK_CRASHED/],
  ['an answer that is no JSON', 'answer({ t: "answer", ok: true }, "no JSON"); wait()', /CHECK_CRASHED/],
  ['an answer of another kind', 'answer({ t: "slice", run: 1, end: "done", cpuMs: 0 }, "[]"); wait()', /CHECK_CRASHED/],
  [
    'a refusal of megabytes',
    'answer({ t: "answer", ok: false, message: "m".repeat(20e6) }); wait()',
    /CHECK_(FAILED|CRASHED)/,
  ],
  [
    'nesting without end',
    'answer({ t: "answer", ok: true }, "[".repeat(3e6) + "]".repeat(3e6)); wait()',
    /CHECK_(FAILED|CRASHED|TIMEOUT)|fine/,
  ],
  [
    'nesting in a header',
    'write(frame(\'{"t":"answer","ok":true,"x":\' + "[".repeat(3e6) + "]".repeat(3e6) + "}", "1")); wait()',
    /CHECK_(FAILED|CRASHED|TIMEOUT)|fine/,
  ],
  ['silence', 'wait()', /CHECK_TIMEOUT/],
  ['an end in good order', 'process.exit(0)', /CHECK_CRASHED/],
]

const PROGRAM = `
  const fs = require('node:fs')
  const frame = (header, body = '') => { const p = Buffer.from(header + '\\n' + body); const l = Buffer.alloc(4); l.writeUInt32BE(p.length); return Buffer.concat([l, p]) }
  const write = (bytes) => { for (let at = 0; at < bytes.length;) at += fs.writeSync(0, bytes, at) }
  const answer = (header, body) => write(frame(JSON.stringify(header), body))
  const wait = () => { for (;;) Atomics.wait(new Int32Array(new SharedArrayBuffer(4)), 0, 0, 1000) }
  fs.readSync(0, Buffer.alloc(4))
`

t.test('a check child that lies on its channel is killed, and the service lives', async (t) => {
  const folder = mkdtempSync(join(tmpdir(), 'annex-hostile-'))
  chmodSync(folder, 0o755)
  t.teardown(() => rmSync(folder, { recursive: true, force: true }))
  const honest = 'answer({ t: "answer", ok: true }, "[1]"); wait()'
  for (const [title, does, code] of [['an honest one', honest, /fine/] as const, ...HOSTILE]) {
    await t.test(title, async (t) => {
      writeFileSync(join(folder, 'check.cjs'), PROGRAM + does, { mode: 0o644 })
      const checks = await openProcess(t, folder)
      const grownFrom = process.memoryUsage().rss
      const loop = monitorEventLoopDelay({ resolution: 10 })
      loop.enable()
      const result: CheckResult<unknown> = await checks.ask(VALIDATE, AT_ONCE, 200)
      await new Promise((resolve) => setTimeout(resolve, 20))
      loop.disable()
      t.match(result.ok ? 'fine' : result.code, code)
      if (!result.ok) t.ok(result.message.length <= 1_000, `a message of ${result.message.length} characters`)
      t.ok(loop.max / 1e6 < GRACE_MS, `the event loop was held ${Math.round(loop.max / 1e6)} ms`)
      t.ok(process.memoryUsage().rss - grownFrom < 256 * MB, 'what it claimed was not kept')
    })
  }
})

/** Our check child, when it is in one of these states. */
function checkChild(states: string): number | undefined {
  for (const name of readdirSync('/proc').filter((name) => /^\d+$/.test(name))) {
    if (!read(name, 'cmdline').includes('check.cjs')) continue
    const [state = '', parent = ''] = fieldsOf(name)
    if (states.includes(state) && fieldsOf(parent)[1] === String(process.pid)) return Number(name)
  }
  return undefined
}

/** State, parent and what follows (proc(5)). */
function fieldsOf(pid: string): string[] {
  const stat = read(pid, 'stat')
  return stat.slice(stat.lastIndexOf(')') + 2).split(' ')
}

/** Empty when the process is gone. */
function read(pid: string, file: string): string {
  try {
    return readFileSync(`/proc/${pid}/${file}`, 'utf8')
  } catch {
    return ''
  }
}
