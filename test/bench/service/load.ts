import { execFile } from 'node:child_process'
import { fileURLToPath } from 'node:url'
import { promisify } from 'node:util'

const CONNECTIONS = 10
const run = promisify(execFile)

/**
 * Requests a second with 10 connections; autocannon in a process of its own: it has no types, and here it would take the
 * time that it measures.
 */
export async function load(url: string, seconds: number): Promise<number> {
  const program = fileURLToPath(import.meta.resolve('autocannon'))
  const args = [program, '--json', '--connections', String(CONNECTIONS), '--duration', String(seconds), url]
  const { stdout } = await run(process.execPath, args)
  const { requests, non2xx, errors } = JSON.parse(stdout) as {
    requests: { average: number }
    non2xx: number
    errors: number
  }
  if (non2xx + errors > 0)
    throw new Error(`${url}: ${non2xx} requests were answered with no success, ${errors} not at all`)
  return requests.average
}

/** Downloads a second, of bodies that are no text: autocannon would make one of them, which takes longer than the rest. */
export async function downloadLoad(url: string, seconds: number): Promise<number> {
  const program = fileURLToPath(new URL('download-client.ts', import.meta.url))
  const { stdout } = await run(process.execPath, [program, url, String(CONNECTIONS), String(seconds)])
  return (JSON.parse(stdout) as { rate: number }).rate
}
