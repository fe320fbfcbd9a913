import { spawn } from 'node:child_process'
import { existsSync, readdirSync, readFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import t, { type Test } from 'tap'
import { sandboxChildrenOf } from '../../faults/children-of.ts'
import { eventually } from '../../faults/eventually.ts'
import { type StartedProcess, startProcess } from '../../faults/started-process.ts'
import { quickStartEnvironment } from '../../runner/quick-start-environment.ts'
import { entryScript, failureOf, openSandbox, resultOf, startGuest } from '../../runtime/sandbox/start-guest.ts'
import { GRACE_MS } from '../harness/attack-limits.ts'

const SERVICE = fileURLToPath(new URL('stressed-service.ts', import.meta.url))
const ORGANIZATIONS = 4

t.test('a child of a process dies not by itself when that one is killed', async (t) => {
  const loop = `require('node:child_process').spawn(process.execPath, ['-e', 'for (;;) {}'], { detached: true, stdio: 'ignore' }).unref()`
  const parent = spawn(process.execPath, [
    '-e',
    `const child = ${loop.replace('.unref()', '')}; console.log(child.pid); setInterval(() => {}, 1000)`,
  ])
  const pid = Number(await new Promise((resolve) => parent.stdout.once('data', resolve)))
  t.teardown(() => process.kill(pid, 'SIGKILL'))
  const ended = new Promise((resolve) => parent.once('exit', resolve))
  parent.kill('SIGKILL')
  await ended
  t.ok(isThere(pid), 'control: it computes on')
})

t.test('children of a service that is killed are gone within a second', async (t) => {
  const { service, children, launcher } = await startHeld(t)
  const folder = folderOf(launcher)
  t.ok(existsSync(folder))
  await service.kill()
  t.same(await remaining([...children, launcher]), [])
  t.notOk(existsSync(folder), 'nor is anything left of it on the disk')
})

t.test('children of a service that is asked to end are gone within a second', async (t) => {
  const { service, children, launcher } = await startHeld(t)
  await service.stop()
  t.same(await remaining([...children, launcher]), [])
})

t.test('the process that starts the others dies', async (t) => {
  const sandbox = await openSandbox(t, { maxChildren: 4 })
  const source = entryScript('async check(ctx, waits) { if (waits) await ctx.kv.get("k"); return "fine" }')
  const same = { installationId: 'ins_one', digest: 'one' }
  let reached = false
  const answer = () => {
    reached = true
    return new Promise<never>(() => {})
  }
  const run = startGuest(sandbox, source, { ...same, args: [true], answer, limits: { wallMs: 3_000 } })
  const step = run.step()
  await eventually('it waits', async () => reached || undefined, { withinMs: 5_000, everyMs: 5 })
  const children = sandbox.status().children.map(({ pid }) => pid)
  const [first] = children
  if (first === undefined) throw new Error('there is no child')
  process.kill(parentOf(first), 'SIGKILL')
  t.same(await remaining(children), [], 'it takes the children along')
  t.match(failureOf(await step), { class: 'CRASH', retryable: true, incident: false })
  await run.close()
  const next = startGuest(sandbox, source, { ...same, args: [false] })
  t.equal(resultOf(await next.step()), 'fine', 'and the next run starts another one')
  await next.close()
})

interface Held {
  service: StartedProcess
  children: number[]
  launcher: number
}

async function startHeld(t: Test): Promise<Held> {
  const service = startProcess(t, { entry: SERVICE, args: ['hold'], env: quickStartEnvironment() })
  const children = await eventually(
    'the children are at work',
    async () => {
      const all = sandboxChildrenOf(service.pid)
      return service.output().includes(`"pids":${ORGANIZATIONS + 1}`) ? all : undefined
    },
    { withinMs: 15_000, stopped: () => undefined },
  )
  const [first] = children
  if (first === undefined || children.length < ORGANIZATIONS) throw new Error('there are no children')
  return { service, children, launcher: parentOf(first) }
}

async function remaining(pids: readonly number[]): Promise<number[]> {
  const deadline = performance.now() + GRACE_MS
  for (;;) {
    const left = pids.filter(isThere)
    if (left.length === 0 || performance.now() > deadline) return left
    await new Promise((resolve) => setTimeout(resolve, 10))
  }
}

/** Dead and not yet collected counts as gone: whoever collects it may be slow. */
function isThere(pid: number): boolean {
  const stat = read(pid, 'stat')
  return stat !== '' && !/^[ZX]$/.test(stat.slice(stat.lastIndexOf(')') + 2)[0] ?? '')
}

function parentOf(pid: number): number {
  const stat = read(pid, 'stat')
  return Number(stat.slice(stat.lastIndexOf(')') + 2).split(' ')[1])
}

/** The folder with the socket on which its children report. */
function folderOf(launcher: number): string {
  const path = read(launcher, 'cmdline')
    .split('\0')
    .find((part) => part.includes('annex-launcher-'))
  const name = readdirSync(tmpdir()).find((entry) => path?.includes(entry) && entry.startsWith('annex-launcher-'))
  if (name === undefined) throw new Error('the launcher has no folder')
  return join(tmpdir(), name)
}

function read(pid: number, file: string): string {
  try {
    return readFileSync(`/proc/${pid}/${file}`, 'utf8')
  } catch {
    return ''
  }
}
