import { Worker } from 'node:worker_threads'
import { localOverrides, type Upstream } from '../../../runtime/trials/upstream.ts'
import { projectError } from '../cli-error.ts'

/** A server of the author's own, in the place of the real upstream. */
export interface AuthorUpstream extends Upstream {
  /** Names besides those that the manifest declares: `export const hosts`. */
  hosts: string[]
}

const START_MS = 10_000

/**
 * Serves the file's default export, `(request: Request) => Response`, to the hosts of the extension. It runs in a thread
 * of its own, so that a loop or a crash in it ends neither annex nor the watching, and is new after each change.
 */
export async function startAuthorUpstream(file: string, hosts: readonly string[]): Promise<AuthorUpstream> {
  const worker = new Worker(SERVER, { eval: true, workerData: { file } })
  try {
    const started = await firstMessage(worker, file)
    const all = [...new Set([...hosts, ...started.hosts])]
    // What it throws later is told to the extension as 500, or ends the thread: then connections are refused.
    worker.on('error', (error) => process.stderr.write(`upstream: ${String(error)}\n`))
    const close = async () => void (await worker.terminate())
    return { overrides: localOverrides(all, started.port), hosts: all, close }
  } catch (error) {
    await worker.terminate()
    throw error
  }
}

interface Started {
  port: number
  hosts: string[]
}

function firstMessage(worker: Worker, file: string): Promise<Started> {
  const fix = 'It must export default (request: Request) => Response, and may export hosts: string[]'
  return new Promise((resolve, reject) => {
    const late = setTimeout(() => reject(projectError('The upstream does not start', file, fix)), START_MS)
    const settle = (act: () => void) => {
      clearTimeout(late)
      worker.removeAllListeners('message').removeAllListeners('exit')
      act()
    }
    worker.once('message', (message: Started | { problem: string }) =>
      settle(() => ('problem' in message ? reject(projectError(message.problem, file, fix)) : resolve(message))),
    )
    worker.once('error', (error) =>
      settle(() => reject(projectError(`The upstream cannot be loaded: ${String(error)}`, file, fix))),
    )
    worker.once('exit', () => settle(() => reject(projectError('The upstream ended before it served', file, fix))))
  })
}

/** The thread's own program: plain JavaScript, so that it needs no file beside this one. */
const SERVER = `
const { createServer } = require('node:http')
const { pathToFileURL } = require('node:url')
const { parentPort, workerData } = require('node:worker_threads')

async function main() {
  const module = await import(pathToFileURL(workerData.file).href)
  if (typeof module.default !== 'function') return parentPort.postMessage({ problem: 'The upstream has no function as its default export' })
  const hosts = Array.isArray(module.hosts) ? module.hosts.map(String) : []
  const server = createServer((request, response) => answer(module.default, request, response).catch((error) => {
    process.stderr.write('upstream: ' + (error && error.stack || error) + '\\n')
    if (!response.headersSent) response.writeHead(500)
    response.end()
  }))
  server.listen(0, '127.0.0.1', () => parentPort.postMessage({ port: server.address().port, hosts }))
}

async function answer(handler, request, response) {
  const chunks = []
  for await (const chunk of request) chunks.push(chunk)
  const body = chunks.length > 0 && request.method !== 'GET' && request.method !== 'HEAD' ? Buffer.concat(chunks) : undefined
  const url = 'https://' + request.headers.host + request.url
  const answered = await handler(new Request(url, { method: request.method, headers: request.headers, body }))
  response.writeHead(answered.status, Object.fromEntries(answered.headers))
  response.end(Buffer.from(await answered.arrayBuffer()))
}

main().catch((error) => parentPort.postMessage({ problem: 'The upstream cannot be loaded: ' + (error && error.message || error) }))
`
