import { spawn } from 'node:child_process'
import { fileURLToPath } from 'node:url'
import { quickStartEnvironment } from '../../runner/quick-start-environment.ts'

export interface StartedServer {
  url: string
  pid: number
  /** What it has printed so far. */
  output(): string
  stop(): Promise<void>
}

const START_MS = 30_000

/** Starts `entry` and waits for the address that `line` finds in its output. */
export function startServer(
  entry: URL,
  line: RegExp,
  { input = '', env = {} }: { input?: string; env?: Record<string, string> } = {},
): Promise<StartedServer> {
  const child = spawn(process.execPath, [fileURLToPath(entry)], {
    env: { PATH: process.env.PATH ?? '', ...quickStartEnvironment(), ...env },
    stdio: ['pipe', 'pipe', 'inherit'],
  })
  child.stdin.end(input)
  const ended = new Promise<void>((resolve) => child.once('exit', () => resolve()))
  const stop = async () => {
    child.kill('SIGTERM')
    await ended
  }
  return new Promise((resolve, reject) => {
    let output = ''
    const timer = setTimeout(() => {
      child.kill('SIGKILL')
      reject(new Error(`${entry} says no address within ${START_MS} ms:\n${output}`))
    }, START_MS)
    child.once('exit', (code) => {
      clearTimeout(timer)
      reject(new Error(`${entry} ended with ${code}:\n${output}`))
    })
    child.stdout.setEncoding('utf8').on('data', (text: string) => {
      output += text
      const url = line.exec(output)?.[1]
      if (url === undefined) return
      clearTimeout(timer)
      resolve({ url, pid: child.pid ?? 0, output: () => output, stop })
    })
  })
}
