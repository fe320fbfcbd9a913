import { mkdtempSync, rmSync } from 'node:fs'
import { createServer } from 'node:net'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { eventually } from '../faults/eventually.ts'
import { type StartedProcess, startProcess } from '../faults/started-process.ts'

/** The two real processes of the demo, and its temporary folder. */
export interface Stage {
  url: string
  erpUrl: string
  folder: string
  operator: { email: string; password: string }
  close(): Promise<void>
}

const root = join(import.meta.dirname, '../..')
export const ERP_KEY = 'costructor-demo-key'
export const SITES = 1000
const DEFAULT_PORT = 3013
const START_MS = 30_000

/** Starts the ERP's server and the service on an empty store, and waits until both answer. */
export async function openStage(): Promise<Stage> {
  const folder = mkdtempSync(join(tmpdir(), 'annex-demo-'))
  const endings: (() => unknown)[] = []
  const owner = { teardown: (work: () => unknown) => void endings.push(work) } as Parameters<typeof startProcess>[0]
  const close = async () => {
    for (const end of endings.reverse()) await end()
    rmSync(folder, { recursive: true, force: true })
  }
  try {
    const erpPort = await freePort()
    const erp = startProcess(owner, {
      entry: join(root, 'extensions-examples/costructor-erp/server/main.ts'),
      args: [
        '--port',
        `${erpPort}`,
        '--sites',
        `${SITES}`,
        '--broken-every',
        '40',
        '--rate-limit-every',
        '7',
        '--api-key',
        ERP_KEY,
      ],
      env: {},
    })
    await answers(erp, `http://127.0.0.1:${erpPort}/`, 'the ERP')
    const port = await freePort(DEFAULT_PORT)
    const service = startProcess(owner, {
      entry: join(root, 'marketplace/main.ts'),
      env: serviceSettings(folder, port, erpPort),
    })
    const url = `http://127.0.0.1:${port}`
    await answers(service, `${url}/health/ready`, 'the service')
    const stop = () => service.stop()
    endings.push(stop)
    return { url, erpUrl: `http://127.0.0.1:${erpPort}`, folder, operator: operatorIn(service.output()), close }
  } catch (error) {
    await close()
    throw error
  }
}

/** The catalog starts empty, so that what is in it later came through the front door. */
function serviceSettings(folder: string, port: number, erpPort: number): Record<string, string> {
  const erp = { address: '127.0.0.1', port: erpPort, scheme: 'http' }
  return {
    ANNEX_DATA: join(folder, 'data'),
    ANNEX_PORT: `${port}`,
    ANNEX_SEED: 'off',
    ANNEX_LOG_LEVEL: 'warn',
    ANNEX_EGRESS_OVERRIDES: JSON.stringify({ 'api.costructor.example': erp }),
  }
}

async function answers(server: StartedProcess, url: string, name: string): Promise<void> {
  let ended = false
  void server.ended.then(() => {
    ended = true
  })
  const stopped = () => (ended ? `it ended at its start:\n${server.output()}` : undefined)
  await eventually(name, () => fetch(url).catch(() => undefined), { withinMs: START_MS, stopped })
}

function operatorIn(output: string): Stage['operator'] {
  const email = /operator\S*@\S+/.exec(output)?.[0]
  const password = /password:?\s+(\S+)/i.exec(output)?.[1]
  if (!email || !password) throw new Error(`The service did not print its operator's account:\n${output}`)
  return { email, password }
}

/** `wanted` if nobody listens there, else any port. */
function freePort(wanted = 0): Promise<number> {
  return new Promise((resolve, reject) => {
    const server = createServer()
    server.once('error', () => (wanted ? resolve(freePort()) : reject(new Error('no port is free'))))
    server.listen(wanted, '127.0.0.1', () => {
      const address = server.address()
      server.close(() => resolve(typeof address === 'object' && address ? address.port : wanted))
    })
  })
}
