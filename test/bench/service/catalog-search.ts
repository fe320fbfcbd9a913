import type { StoreEngine } from '../../../runtime/storage/open-store.ts'
import { type BenchLine, benchLine } from '../bench-line.ts'
import { median, p99 } from '../quantile.ts'
import { catalogQuestions, DEEP } from './catalog-questions.ts'
import { type CatalogService, type CatalogStart, withCatalog } from './catalog-service.ts'
import { startBare } from './served.ts'

const COUNT = 100_000
const TIMES = 300
const WARM_UP = 20
const GOAL = { of: 'ours', atMost: 20 } as const
const MB = 1_000_000

/** A catalog of a size that nobody has yet, over HTTP, against a bare fastify route that answers as many bytes. */
export async function catalogSearch(): Promise<BenchLine[]> {
  const lines = await searchOn('sqlite')
  return process.env.MONGODB_URI ? [...lines, ...(await searchOn('mongodb'))] : lines
}

async function searchOn(kind: StoreEngine['kind']): Promise<BenchLine[]> {
  const titled = (what: string) => `catalog of ${COUNT.toLocaleString('en')} on ${kind}: ${what}`
  return withCatalog(kind, COUNT, async (service) => {
    const bare = await startBare('catalog-bare-server.ts', '')
    try {
      const lines = startLines(titled, service.start)
      for (const [what, path] of Object.entries(catalogQuestions(COUNT)))
        lines.push(answerLine(titled(what), await asked(service, bare.url, path)))
      for (const [what, path] of Object.entries(DEEP))
        lines.push(answerLine(titled(what), await asked(service, bare.url, pagesOf(path))))
      return lines
    } finally {
      await bare.stop()
    }
  })
}

function startLines(titled: (what: string) => string, start: CatalogStart): BenchLine[] {
  const { rebuildMs, firstAnswerMs, found, health, peakBytes, readyBytes } = start
  if (found !== COUNT) throw new Error(`the first answer told of ${found} extensions, not of ${COUNT}`)
  const slowest = Math.max(...health)
  return [
    benchLine(titled('made anew'), 'ms', rebuildMs, { goal: { of: 'ours', atMost: 30_000 } }),
    benchLine(titled('the first answer after the start of the process'), 'ms', firstAnswerMs),
    benchLine(titled('/health while it is made anew, slowest'), 'ms', slowest, {
      goal: { of: 'ours', atMost: 50 },
      note: `median ${median(health).toFixed(1)}, p99 ${p99(health).toFixed(1)} ms of ${health.length} answers`,
    }),
    benchLine(titled('memory of the process, once ready'), 'MB', readyBytes / MB),
    benchLine(titled('memory of the process, at most'), 'MB', peakBytes / MB),
  ]
}

/** Milliseconds of each answer, and of the processor for one of ours. */
interface Answers {
  ours: number[]
  theirs: number[]
  processor: number
}

function answerLine(name: string, { ours, theirs, processor }: Answers): BenchLine {
  const [mine, bare] = [median(ours), median(theirs)]
  const told = `median ${mine.toFixed(2)} ms, ${(mine / bare).toFixed(1)} times that of the bare route`
  return benchLine(`${name}, p99`, 'ms', p99(ours), {
    peer: { value: p99(theirs), against: 'a bare fastify route that answers as many bytes' },
    goal: GOAL,
    note: `${told}; ${processor.toFixed(2)} ms of processor`,
  })
}

/** A path for each number, from the answer before. */
type NextPath = (index: number, before: string) => string

/** From page to page, by the cursor of the one before. */
function pagesOf(path: string): NextPath {
  return (page, before) => {
    if (page === 0) return path
    const { nextCursor } = JSON.parse(before) as { nextCursor?: string }
    if (nextCursor === undefined) throw new Error(`${path} ends after ${page} pages`)
    return `${path}&cursor=${nextCursor}`
  }
}

/** Ours and the bare route in turns, one request at a time. */
async function asked({ url, processorMs }: CatalogService, bare: string, path: NextPath): Promise<Answers> {
  const [ours, theirs]: [number[], number[]] = [[], []]
  let [before, worked] = ['', processorMs()]
  for (let index = 0; index < WARM_UP + TIMES; index++) {
    if (index === WARM_UP) worked = processorMs()
    const { ms, text } = await timedText(`${url}${path(index, before)}`)
    const peer = await timedText(`${bare}/${text.length}`)
    before = text
    if (index < WARM_UP) continue
    ours.push(ms)
    theirs.push(peer.ms)
  }
  return { ours, theirs, processor: (processorMs() - worked) / TIMES }
}

async function timedText(url: string): Promise<{ ms: number; text: string }> {
  const before = performance.now()
  const answer = await fetch(url)
  const text = await answer.text()
  const ms = performance.now() - before
  if (answer.status !== 200) throw new Error(`${url}: ${answer.status} ${text}`)
  return { ms, text }
}
