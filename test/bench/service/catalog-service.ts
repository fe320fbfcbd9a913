import { mkdtempSync, readFileSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { setTimeout as sleep } from 'node:timers/promises'
import { serviceCollections } from '../../../marketplace/services.ts'
import { systemClock } from '../../../runtime/clock.ts'
import { createIds } from '../../../runtime/ids.ts'
import { openStore, type StoreEngine } from '../../../runtime/storage/open-store.ts'
import { dropDatabase, testEngine } from '../../runtime/storage/open-test-store.ts'
import { changedPackage, check } from '../../sdk/package/good-package.ts'
import { fillCatalog } from './fill-catalog.ts'
import { type StartedServer, startServer } from './started-server.ts'
import { healthDuring } from './watch-health.ts'

/** The real service in a process of its own, on a store that somebody else has filled with made-up extensions. */
export interface CatalogService {
  url: string
  start: CatalogStart
  /** Milliseconds that its processor has worked so far, in all its threads. */
  processorMs(): number
}

/** How its start went: the catalog is made anew in it, while the service answers. */
export interface CatalogStart {
  /** Milliseconds from the address being printed to readiness. */
  rebuildMs: number
  /** Milliseconds from the process being started to its first answer of the catalog, asked for as soon as it listens. */
  firstAnswerMs: number
  /** Extensions that this answer says there are. */
  found: number
  /** Milliseconds of each answer of `/health` meanwhile. */
  health: number[]
  /** The most memory that the process ever held, and what it holds when it is ready. */
  peakBytes: number
  readyBytes: number
}

const FIRST_PAGE = '/api/marketplace/catalog?limit=20'
const READY_MS = 300_000

/** `work` with the service, which is gone afterwards with all that it kept. */
export async function withCatalog<T>(
  kind: StoreEngine['kind'],
  count: number,
  work: (service: CatalogService) => Promise<T>,
): Promise<T> {
  const folder = mkdtempSync(join(tmpdir(), 'annex-bench-'))
  const engine = kind === 'mongodb' ? testEngine(kind) : ({ kind, path: join(folder, 'annex.db') } as const)
  try {
    await fill(engine, count)
    const spawned = performance.now()
    const server = await startServer(new URL('../../../marketplace/main.ts', import.meta.url), /^Annex\s+(http:\S+)/m, {
      env: { ANNEX_DATA: folder, ANNEX_PORT: '0', ANNEX_LOG_LEVEL: 'error', ANNEX_SEED: 'off', ...placeOf(engine) },
    })
    try {
      const start = await started(server, spawned)
      return await work({ url: server.url, start, processorMs: () => processorMs(server.pid) })
    } finally {
      await server.stop()
    }
  } finally {
    if (engine.kind === 'mongodb') await dropDatabase(engine)
    rmSync(folder, { recursive: true, force: true })
  }
}

async function fill(engine: StoreEngine, count: number): Promise<void> {
  const ids = createIds(Date.now)
  const store = await openStore({ engine, collections: serviceCollections, clock: systemClock, ids })
  const report = await store.blobs.put(Buffer.from(JSON.stringify(await check(changedPackage({})))))
  await fillCatalog(store, count, { digest: report.id, reportId: report.id })
  await store.close()
}

function placeOf(engine: StoreEngine): Record<string, string> {
  if (engine.kind === 'sqlite') return { ANNEX_STORE: 'sqlite' }
  return { ANNEX_STORE: 'mongodb', MONGODB_URI: engine.uri, ANNEX_DATABASE: engine.database }
}

async function started({ url, pid }: StartedServer, spawned: number): Promise<CatalogStart> {
  const listening = performance.now()
  let [rebuildMs, firstAnswerMs, found] = [0, 0, 0]
  const health = await healthDuring(url, async () => {
    const first = firstPage(url).then((page) => {
      firstAnswerMs = performance.now() - spawned
      found = Object.values(page.facets.kind).reduce((sum, one) => sum + one, 0)
    })
    const readiness = ready(url).then(() => {
      rebuildMs = performance.now() - listening
    })
    await Promise.all([first, readiness])
  })
  const memory = { peakBytes: heldBytes(pid, 'VmHWM'), readyBytes: heldBytes(pid, 'VmRSS') }
  return { rebuildMs, firstAnswerMs, found, health, ...memory }
}

async function firstPage(url: string): Promise<{ facets: { kind: Record<string, number> } }> {
  const answer = await fetch(`${url}${FIRST_PAGE}`)
  if (!answer.ok) throw new Error(`the first page: ${answer.status} ${await answer.text()}`)
  return (await answer.json()) as { facets: { kind: Record<string, number> } }
}

async function ready(url: string): Promise<void> {
  for (const deadline = performance.now() + READY_MS; performance.now() < deadline; await sleep(20)) {
    if ((await fetch(`${url}/health/ready`)).ok) return
  }
  throw new Error(`the service is not ready within ${READY_MS} ms`)
}

/** As the kernel counts; see proc_pid_status(5). */
function heldBytes(pid: number, field: 'VmHWM' | 'VmRSS'): number {
  const kilobytes = new RegExp(`^${field}:\\s+(\\d+) kB$`, 'm').exec(readFileSync(`/proc/${pid}/status`, 'utf8'))?.[1]
  if (kilobytes === undefined) throw new Error(`the kernel does not say ${field} of ${pid}`)
  return Number(kilobytes) * 1024
}

/** User and system time, told in hundredths of a second; see proc_pid_stat(5). */
function processorMs(pid: number): number {
  const fields = readFileSync(`/proc/${pid}/stat`, 'utf8')
    .replace(/^.*\) /s, '')
    .split(' ')
  return 10 * (Number(fields[11]) + Number(fields[12]))
}
