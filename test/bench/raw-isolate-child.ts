import ivm from 'isolated-vm'
import { medianMs } from './median.ts'

/** What the child measures: `rounds` of `inputs`, each input in a context of its own, as the sandbox does. */
export interface RawTask {
  source: string
  /** An expression for the handler: `annexExtension.default.actions.greet.run`. */
  handler: string
  /** JSON texts, each the list of what follows `ctx`. */
  inputs: string[]
  rounds: number
  warmUp: number
}

/** The bare way: no cage, no limits, no calls, nothing kept. Prints the median of a round in milliseconds. */
async function main(): Promise<void> {
  const task = JSON.parse(await readInput()) as RawTask
  const isolate = new ivm.Isolate({ memoryLimit: 64 })
  const script = isolate.compileScriptSync(task.source)
  const round = async () => {
    for (const input of task.inputs) await runOne(isolate, script, task.handler, input)
  }
  console.log(await medianMs(task.rounds, task.warmUp, round))
}

async function runOne(isolate: ivm.Isolate, script: ivm.Script, handler: string, input: string): Promise<string> {
  const context = isolate.createContextSync()
  script.runSync(context, { timeout: 1000 })
  const call = `return (async () => JSON.stringify(await ${handler}({ config: {} }, ...JSON.parse($0))))()`
  const text = await context.evalClosure(call, [input], { result: { promise: true, copy: true }, timeout: 1000 })
  context.release()
  return text
}

async function readInput(): Promise<string> {
  let text = ''
  for await (const chunk of process.stdin.setEncoding('utf8')) text += chunk
  return text
}

await main()
