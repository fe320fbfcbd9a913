import { type ChildProcess, spawn } from 'node:child_process'
import type { Test } from 'tap'

/** A real process of ours that a test may treat badly. */
export interface StartedProcess {
  readonly pid: number
  /** Both streams so far. */
  output(): string
  readonly ended: Promise<{ code: number | null; signal: NodeJS.Signals | null }>
  /** SIGKILL; resolves when it is gone. */
  kill(): Promise<void>
  /** SIGTERM, and SIGKILL if it takes longer than 10 s. Answers the exit code, `null` when it had to be killed. */
  stop(): Promise<number | null>
  /** SIGSTOP: it keeps its sockets, locks and leases and does nothing. */
  freeze(): void
  thaw(): void
}

const OUTPUT_KEPT = 200_000
const STOP_MS = 10_000

/** Starts `entry` with this very Node; the environment is `env` alone and a PATH. Ends with the test. */
export function startProcess(
  t: Pick<Test, 'teardown'>,
  { entry, args = [], env }: { entry: string; args?: readonly string[]; env: Record<string, string> },
): StartedProcess {
  const child = spawn(process.execPath, [entry, ...args], {
    env: { PATH: process.env.PATH ?? '', ...env },
    stdio: ['ignore', 'pipe', 'pipe'],
  })
  let output = ''
  const keep = (text: string) => {
    output = (output + text).slice(-OUTPUT_KEPT)
  }
  child.stdout.setEncoding('utf8').on('data', keep)
  child.stderr.setEncoding('utf8').on('data', keep)
  const ended = endOf(child)
  const kill = async () => {
    child.kill('SIGKILL')
    await ended
  }
  t.teardown(kill)
  return {
    pid: child.pid ?? 0,
    output: () => output,
    ended,
    kill,
    stop: () => stop(child, ended),
    freeze: () => void child.kill('SIGSTOP'),
    thaw: () => void child.kill('SIGCONT'),
  }
}

function endOf(child: ChildProcess): StartedProcess['ended'] {
  return new Promise((resolve, reject) => {
    child.once('error', reject)
    child.once('exit', (code, signal) => resolve({ code, signal }))
  })
}

async function stop(child: ChildProcess, ended: StartedProcess['ended']): Promise<number | null> {
  child.kill('SIGTERM')
  const timer = setTimeout(() => child.kill('SIGKILL'), STOP_MS)
  const { code } = await ended
  clearTimeout(timer)
  return code
}
