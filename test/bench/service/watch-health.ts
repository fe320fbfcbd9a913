import { spawn } from 'node:child_process'
import { fileURLToPath } from 'node:url'

const PROGRAM = fileURLToPath(new URL('health-load.ts', import.meta.url))

/**
 * Asks `/health` at a fixed rate from a process of its own while `work` goes on; the milliseconds of every answer.
 * Rejects when one was no 200, or none came.
 */
export async function healthDuring(url: string, work: () => Promise<unknown>, perSecond = 100): Promise<number[]> {
  const child = spawn(process.execPath, [PROGRAM, url, String(perSecond)], { stdio: ['pipe', 'pipe', 'inherit'] })
  let output = ''
  child.stdout.setEncoding('utf8').on('data', (text: string) => {
    output += text
  })
  const ended = new Promise<number | null>((resolve) => {
    child.once('error', () => resolve(null))
    child.once('close', resolve)
  })
  try {
    await work()
  } finally {
    child.stdin.end()
    await ended
  }
  if ((await ended) !== 0) throw new Error('the load of /health broke off')
  const latencies = JSON.parse(output) as number[]
  if (latencies.length === 0) throw new Error('/health never answered')
  return latencies
}
