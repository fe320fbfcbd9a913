import { mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { createApp } from '../../../marketplace/gateway/app.ts'
import { createServices } from '../../../marketplace/services.ts'
import { readConfig } from '../../../runtime/config.ts'
import { dropDatabase, testEngine } from '../../runtime/storage/open-test-store.ts'
import { changedPackage, check } from '../../sdk/package/good-package.ts'
import { type BenchLine, benchLine } from '../bench-line.ts'
import { p99 } from '../quantile.ts'
import { fillCatalog, idOf } from './fill-catalog.ts'
import { createDraw, madeUp } from './made-up-catalog.ts'

const COUNT = 100_000
const TIMES = 300
const CATALOG = '/api/marketplace/catalog'

/** A catalog of a size that nobody has yet, over HTTP: made anew, and asked in four ways. */
export async function catalogSearch(): Promise<BenchLine[]> {
  const lines = await searchOn('sqlite')
  return process.env.MONGODB_URI ? [...lines, ...(await searchOn('mongodb'))] : lines
}

async function searchOn(kind: 'sqlite' | 'mongodb'): Promise<BenchLine[]> {
  const dataFolder = await mkdtemp(join(tmpdir(), 'annex-bench-'))
  const engine = kind === 'mongodb' ? testEngine('mongodb') : ({ kind, path: join(dataFolder, 'annex.db') } as const)
  const config = { ...readConfig({ ANNEX_LOG_LEVEL: 'silent' }), dataFolder, store: engine }
  const services = await createServices(config)
  try {
    const blob = await services.store.blobs.put(Buffer.from(JSON.stringify(await check(changedPackage({})))))
    await fillCatalog(services.store, COUNT, { digest: blob.id, reportId: blob.id })
    const before = performance.now()
    await services.catalog.start()
    const rebuilt = performance.now() - before
    const app = await createApp(services, config)
    const url = await app.listen({ port: 0, host: '127.0.0.1' })
    const goal = { of: 'ours', atMost: 20 } as const
    const lines = [
      benchLine(`catalog of 100,000 made anew (${kind})`, 'ms', rebuilt, { goal: { of: 'ours', atMost: 30_000 } }),
    ]
    for (const [what, path] of Object.entries(QUESTIONS))
      lines.push(benchLine(`catalog of 100,000: ${what}, p99 (${kind})`, 'ms', p99(await asked(url, path)), { goal }))
    await app.close()
    return lines
  } finally {
    await services.stop()
    if (engine.kind === 'mongodb') await dropDatabase(engine)
    await rm(dataFolder, { recursive: true, force: true })
  }
}

/** Each asks for another thing each time, so that nothing is remembered from the time before. */
const QUESTIONS: Readonly<Record<string, (index: number) => string>> = {
  text: (index) => `${CATALOG}?q=${wordsOf(index).join('+')}&limit=20`,
  facets: (index) => {
    const { category, pricing } = madeUp(drawn(index))
    return `${CATALOG}?q=${wordsOf(index)[0]}&category=${category}&pricing=${pricing}&limit=20`
  },
  typo: (index) => `${CATALOG}?q=${misspelt(wordsOf(index)[0] ?? '', index)}&limit=20`,
  detail: (index) => `${CATALOG}/${idOf(madeUp(drawn(index))).slice(1)}`,
}

function drawn(index: number): number {
  return createDraw(1_000_000 + index).below(COUNT)
}

function wordsOf(index: number): string[] {
  const draw = createDraw(2_000_000 + index)
  const words = madeUp(drawn(index)).displayName.toLowerCase().split(' ')
  return [draw.of(words.slice(1)), draw.of(words)]
}

function misspelt(word: string, index: number): string {
  const at = createDraw(3_000_000 + index).below(word.length)
  return `${word.slice(0, at)}${word.slice(at + 1)}`
}

async function asked(url: string, path: (index: number) => string): Promise<number[]> {
  const times: number[] = []
  for (let index = 0; index < TIMES; index++) {
    const before = performance.now()
    const answer = await fetch(`${url}${path(index)}`)
    await answer.arrayBuffer()
    if (index >= 20) times.push(performance.now() - before)
    if (answer.status !== 200) throw new Error(`${path(index)}: ${answer.status}`)
  }
  return times
}
