/**
 * Starts the caged processes for the service. Copying a large process takes tens of milliseconds in which it does nothing else;
 * this one stays small. Orders come in and news goes out as JSON lines; it ends when the service does, and takes the children along.
 */
import { type ChildProcess, spawn } from 'node:child_process'
import { closeSync, openSync, rmdirSync, rmSync } from 'node:fs'
import { connect, type Socket } from 'node:net'
import { dirname } from 'node:path'
import { createInterface } from 'node:readline'
import { type ControlGroups, type GroupLimits, openControlGroups } from '../control-groups.ts'
import type { LauncherNews, LauncherOrder, LaunchOrder } from './messages.ts'

const [socketPath = '', limits = 'null'] = process.argv.slice(2)
/** The kernel may take tens of milliseconds to move a process: another reason not to do it in the service. */
const groups = groupsFor(JSON.parse(limits) as GroupLimits | null)
/** Launched, by number; `undefined` while it is on its way. */
const children = new Map<number, ChildProcess | undefined>()
const UNSTARTED = { code: null, signal: null, stderr: '', outOfMemory: false } as const

createInterface({ input: process.stdin })
  .on('line', (line) => obey(JSON.parse(line) as LauncherOrder))
  .on('close', end)
// News for a service that is gone: it may be seen here before the end of the orders is.
process.stdout.on('error', end)

/** The folder was made for the socket: with anything else in it, it is another one, and stays. */
function end(): never {
  rmSync(socketPath, { force: true })
  try {
    rmdirSync(dirname(socketPath))
  } catch {}
  process.exit(0)
}

function obey(order: LauncherOrder): void {
  if (!('kill' in order)) return launch(order)
  const child = children.get(order.kill)
  children.delete(order.kill)
  child?.kill('SIGKILL')
}

/** The child's end of the channel: made here, named to the service by the first line on it, and then let go of. */
function launch(order: LaunchOrder): void {
  const { id } = order
  children.set(id, undefined)
  const channel = connect(socketPath)
  channel.once('error', (error) => tell({ ...UNSTARTED, id, stderr: error.message }))
  channel.once('connect', () => channel.write(`${id}\n`, () => start(order, channel)))
}

function start({ id, slot, command, args, folder, node }: LaunchOrder, channel: Socket): void {
  let binary: number | undefined
  try {
    if (!children.has(id)) return tell({ ...UNSTARTED, id, signal: 'SIGKILL' })
    binary = openSync(node, 'r')
    watch(
      id,
      slot,
      spawn(command, args, { cwd: folder, env: { TZ: 'UTC' }, stdio: [channel, 'ignore', 'pipe', binary] }),
    )
  } catch (error) {
    tell({ ...UNSTARTED, id, stderr: error instanceof Error ? error.message : 'It could not be started' })
  } finally {
    if (binary !== undefined) closeSync(binary)
    channel.destroy()
  }
}

function watch(id: number, slot: number, child: ChildProcess): void {
  children.set(id, child)
  const joined = join(slot, child)
  let stderr = ''
  child.stderr?.on('data', (chunk: Buffer) => {
    stderr = (stderr + chunk.toString('utf8')).slice(-2_048)
  })
  child.once('error', (error) => {
    stderr += error.message
    if (child.pid === undefined) tell({ ...UNSTARTED, id, stderr })
  })
  child.once('close', (code, signal) => {
    children.delete(id)
    const outOfMemory = joined && groups?.ranOutOfMemory(slot) === true
    if (joined) groups?.remove(slot)
    if (child.pid !== undefined) tell({ id, code, signal, stderr, outOfMemory })
  })
  if (child.pid !== undefined) tell({ id, pid: child.pid })
}

/** What cannot be counted in its group must not run. */
function join(slot: number, child: ChildProcess): boolean {
  if (!groups || child.pid === undefined) return false
  try {
    groups.add(slot, child.pid)
    return true
  } catch {
    child.kill('SIGKILL')
    return false
  }
}

function groupsFor(limits: GroupLimits | null): ControlGroups | undefined {
  const opened = limits ? openControlGroups(limits) : undefined
  return opened && 'groups' in opened ? opened.groups : undefined
}

function tell(news: LauncherNews): void {
  process.stdout.write(`${JSON.stringify(news)}\n`)
}
