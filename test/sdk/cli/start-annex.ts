import { spawn } from 'node:child_process'
import { once } from 'node:events'
import { createInterface } from 'node:readline'
import { fileURLToPath } from 'node:url'
import { quickStartEnvironment } from '../../runner/quick-start-environment.ts'

const MAIN = fileURLToPath(new URL('../../../sdk/cli/main.ts', import.meta.url))

export interface LiveEvent {
  event: string
  [field: string]: unknown
}

/** A command that goes on until it is told to end, and tells a JSON object a line. */
export interface LiveAnnex {
  /** The next event of this kind; those before it are passed over. Rejects when the command ends first. */
  next(kind: string): Promise<LiveEvent>
  /** Sends the signal and waits for the exit code. */
  end(signal: NodeJS.Signals): Promise<number | null>
}

export function startAnnex(t: { teardown(end: () => unknown): void }, cwd: string, args: readonly string[]): LiveAnnex {
  const env = { ...quickStartEnvironment(), HOME: cwd }
  const child = spawn(process.execPath, [MAIN, ...args], { cwd, env, stdio: ['ignore', 'pipe', 'inherit'] })
  t.teardown(() => child.kill('SIGKILL'))
  const lines = createInterface({ input: child.stdout })[Symbol.asyncIterator]()
  const exited = once(child, 'exit') as Promise<[number | null]>
  return {
    async next(kind) {
      for (;;) {
        const { value, done } = await lines.next()
        if (done) throw new Error(`annex ended before it told ${kind}`)
        const event = JSON.parse(value) as LiveEvent
        if (event.event === kind) return event
      }
    },
    async end(signal) {
      child.kill(signal)
      return (await exited)[0]
    },
  }
}
