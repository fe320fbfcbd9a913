import { mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { type BenchLine, benchLine } from '../bench-line.ts'
import { median } from '../quantile.ts'
import { type AnnexService, withAnnex } from './annex-service.ts'
import { largePackage } from './large-package.ts'
import { downloadLoad, load } from './load.ts'
import { approve, upload } from './publish.ts'
import { type Served, startBare } from './served.ts'
import { VERDACCIO, withVerdaccio } from './verdaccio.ts'

const VERSION = '1.0.0'
const ROUNDS = 3
const SECONDS = 3

/** What a client asks for before and when it downloads, from three servers that hold the same package. */
export async function downloads(): Promise<BenchLine[]> {
  const bytes = largePackage(VERSION)
  return withAnnex(async (service) => {
    const ours = await publish(service, bytes)
    return withBare(ours, bytes, async (bare) => {
      const all = (verdaccio?: Served) => measured({ ours, bare, ...(verdaccio && { verdaccio }) })
      return (await withVerdaccio(bytes, VERSION, all)) ?? all()
    })
  })
}

async function publish({ url, operator, register }: AnnexService, bytes: Uint8Array): Promise<Served> {
  const author = await register('author')
  await author.expect('POST', '/api/marketplace/publishers', { slug: 'acme', displayName: 'Acme' })
  await approve(operator, await upload(author, bytes))
  const metadata = `${url}/api/marketplace/catalog/acme/site-import/versions/${VERSION}`
  return { metadata, tarball: `${metadata}/package` }
}

/** Fastify alone: the same facts from memory, the same bytes as a stream of a file. */
async function withBare<T>(ours: Served, bytes: Uint8Array, work: (served: Served) => Promise<T>): Promise<T> {
  const folder = mkdtempSync(join(tmpdir(), 'annex-bare-'))
  const file = join(folder, 'package.tgz')
  writeFileSync(file, bytes)
  const facts = await startBare('bare-server.ts', await (await fetch(ours.metadata)).text())
  const stream = await startBare('bare-package.ts', file)
  try {
    return await work({ metadata: facts.url, tarball: stream.url })
  } finally {
    await stream.stop()
    await facts.stop()
    rmSync(folder, { recursive: true, force: true })
  }
}

type Servers = { ours: Served; bare: Served; verdaccio?: Served }

async function measured(servers: Servers): Promise<BenchLine[]> {
  return [...(await compared('metadata', servers)), ...(await compared('tarball', servers))]
}

/** In turns, so that the noise of the machine hits all alike. */
async function compared(what: keyof Served, { ours, bare, verdaccio }: Servers): Promise<BenchLine[]> {
  const rates: Record<'ours' | 'bare' | 'verdaccio', number[]> = { ours: [], bare: [], verdaccio: [] }
  for (let round = -1; round < ROUNDS; round++) {
    for (const [name, served] of [
      ['ours', ours],
      ['bare', bare],
      ['verdaccio', verdaccio],
    ] as const) {
      if (!served) continue
      const seconds = round < 0 ? 1 : SECONDS
      const rate = await (what === 'tarball' ? downloadLoad : load)(served[what], seconds)
      // The first round warms up.
      if (round >= 0) rates[name].push(rate)
    }
  }
  const line = (against: string, value: number, more = {}) =>
    benchLine(`${what} of one version (200 KB)`, 'requests/s', median(rates.ours), {
      peer: { value, against },
      ...more,
    })
  const alone = line('a bare fastify with the same bytes', median(rates.bare))
  if (!verdaccio) return [alone]
  return [
    alone,
    line(`${VERDACCIO} with the same package`, median(rates.verdaccio), { goal: { of: 'ratio', atLeast: 2 } }),
  ]
}
