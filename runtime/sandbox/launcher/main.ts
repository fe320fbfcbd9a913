/**
 * Starts the caged processes for the service. Copying a large process takes tens of milliseconds in which it does nothing else;
 * this one stays small. Orders come in and news goes out as JSON lines; it ends when the service does, and takes the children along.
 */
import { type ChildProcess, spawn } from 'node:child_process'
import { closeSync, openSync } from 'node:fs'
import { connect, type Socket } from 'node:net'
import { createInterface } from 'node:readline'
import type { LauncherNews, LauncherOrder, LaunchOrder } from './messages.ts'

const [socketPath = ''] = process.argv.slice(2)
/** Launched, by number; `undefined` while it is on its way. */
const children = new Map<number, ChildProcess | undefined>()

createInterface({ input: process.stdin })
  .on('line', (line) => obey(JSON.parse(line) as LauncherOrder))
  .on('close', () => process.exit(0))

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
  channel.once('error', (error) => tell({ id, code: null, signal: null, stderr: error.message }))
  channel.once('connect', () => channel.write(`${id}\n`, () => start(order, channel)))
}

function start({ id, command, args, folder, node }: LaunchOrder, channel: Socket): void {
  const wanted = children.has(id)
  const binary = wanted ? openSync(node, 'r') : undefined
  try {
    if (binary === undefined) return tell({ id, code: null, signal: 'SIGKILL', stderr: '' })
    watch(id, spawn(command, args, { cwd: folder, env: {}, stdio: [channel, 'ignore', 'pipe', binary] }))
  } catch (error) {
    tell({ id, code: null, signal: null, stderr: error instanceof Error ? error.message : 'It could not be started' })
  } finally {
    if (binary !== undefined) closeSync(binary)
    channel.destroy()
  }
}

function watch(id: number, child: ChildProcess): void {
  children.set(id, child)
  let stderr = ''
  child.stderr?.on('data', (chunk: Buffer) => {
    stderr = (stderr + chunk.toString('utf8')).slice(-2_048)
  })
  child.once('error', (error) => {
    stderr += error.message
    if (child.pid === undefined) tell({ id, code: null, signal: null, stderr })
  })
  child.once('close', (code, signal) => {
    children.delete(id)
    if (child.pid !== undefined) tell({ id, code, signal, stderr })
  })
  if (child.pid !== undefined) tell({ id, pid: child.pid })
}

function tell(news: LauncherNews): void {
  process.stdout.write(`${JSON.stringify(news)}\n`)
}
