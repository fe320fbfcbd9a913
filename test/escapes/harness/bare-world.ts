/**
 * A careless host, in a process of its own: runs an extension's code without any of the cage's defences. Reads one JSON
 * line (`BareRequest`) and writes JSON lines (`BareReport`). Whoever starts it must end it.
 */
import { once } from 'node:events'
import { createInterface } from 'node:readline'
import vm from 'node:vm'
import ivm from 'isolated-vm'
import { CARELESS_PRELUDE } from './careless-prelude.ts'

export interface BareRequest {
  /** `isolate`: a context of isolated-vm as it comes. `vm`: a context of `node:vm`, with the host's own functions in it. */
  world: 'isolate' | 'vm'
  source: string
  handler: readonly string[]
  args: readonly unknown[]
  /** Calls of the handler, all in the same context. */
  times: number
}

export type BareReport =
  | { t: 'started' }
  /** `heldBytes` is what the host keeps for the guest: log lines and calls. */
  | { t: 'ended'; ok: boolean; value: unknown; heldBytes: number; hostCalls: number }

/** What the guest said, kept for good, as a careless host does. */
const held: string[] = []
let hostCalls = 0

const reader = createInterface({ input: process.stdin })
const [line] = (await once(reader, 'line')) as [string]
reader.close()
const request = JSON.parse(line) as BareRequest
process.on('unhandledRejection', () => {})
// A service is not over because it has nothing to wait for.
setInterval(() => {}, 60_000)
say({ t: 'started' })
const run = request.world === 'vm' ? runInVm : runInIsolate
try {
  end(true, await run(request))
} catch (error) {
  end(false, String((error as { message?: unknown } | null)?.message ?? error))
}

async function runInIsolate({ source, handler, args, times }: BareRequest): Promise<unknown> {
  const isolate = new ivm.Isolate({ memoryLimit: 4_096 })
  const context = await isolate.createContext()
  await context.evalClosure(CARELESS_PRELUDE, [
    new ivm.Reference(answer),
    new ivm.Reference(wait),
    new ivm.Callback(keep),
  ])
  await context.eval(source)
  const json = await context.evalClosure(
    'return carelessly($0, $1, $2)',
    [JSON.stringify(handler), JSON.stringify(args), times],
    {
      result: { promise: true, copy: true },
    },
  )
  return json === undefined ? undefined : JSON.parse(json)
}

async function runInVm({ source, handler, args, times }: BareRequest): Promise<unknown> {
  const context = vm.createContext({ console, setTimeout, URL })
  const prelude = vm.runInContext(`(function ($0, $1, $2) {${CARELESS_PRELUDE}})`, context)
  prelude(answer, wait, keep)
  vm.runInContext(source, context)
  const json = await vm.runInContext('carelessly', context)(JSON.stringify(handler), JSON.stringify(args), times)
  return json === undefined ? undefined : JSON.parse(json)
}

/** Every call is answered well, with nothing. */
async function answer(name: string, json: string): Promise<string> {
  hostCalls++
  held.push(name, json)
  await new Promise((resolve) => setImmediate(resolve))
  return 'null'
}

async function wait(ms: number): Promise<void> {
  await new Promise((resolve) => setTimeout(resolve, ms))
}

function keep(text: unknown): void {
  held.push(String(text))
}

function end(ok: boolean, value: unknown): void {
  const heldBytes = held.reduce((sum, text) => sum + (text?.length ?? 0), 0)
  say({ t: 'ended', ok, value, heldBytes, hostCalls })
}

function say(report: BareReport): void {
  process.stdout.write(`${JSON.stringify(report)}\n`)
}
