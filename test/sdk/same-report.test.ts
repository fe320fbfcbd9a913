import { mkdirSync, readFileSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { setTimeout as sleep } from 'node:timers/promises'
import type { Report } from '@annex/package/report'
import t from 'tap'
import { buildApp, type Person, type TestApp } from '../marketplace/gateway/build-app.ts'
import { openSandbox } from '../runtime/sandbox/start-guest.ts'
import { runAnnex } from './cli/run-annex.ts'
import { everyPackage } from './package/every-package.ts'

const LONG = process.env.TEST_ROUNDS !== undefined
/** In the short mode one package of so many. */
const EVERY = 25
/** The service lets one person have twenty that wait. */
const AT_ONCE = 15
/** Less than what one call of the command takes. */
const AT_A_TIME = 200

t.test(
  'the command line and the server say the same of a package, byte for byte but for what the runs took',
  async (t) => {
    const chosen = await choosePackages(t.testdir(), await openSandbox(t))
    const app = await buildApp(t)
    const author = await app.person('author')
    const said = new Map<string, string>()
    for (let at = 0; at < chosen.length; at += AT_ONCE) {
      const part = chosen.slice(at, at + AT_ONCE)
      for (const [n, text] of (await Promise.all(part.map((one) => reportOfServer(app, author, one)))).entries())
        said.set(String(at + n), text)
    }

    const folder = t.testdir()
    mkdirSync(join(folder, 'packages'))
    const files = chosen.map((_, n) => join('packages', `${n}.tgz`))
    for (const [n, { bytes }] of chosen.entries()) writeFileSync(join(folder, files[n] ?? ''), bytes)
    for (let at = 0; at < files.length; at += AT_A_TIME) {
      const part = files.slice(at, at + AT_A_TIME)
      const run = await runAnnex(folder, ['check', ...part, '--report', 'reports'])
      t.ok(run.code === 0 || run.code === 1, run.stderr)
    }
    for (const [n, { title }] of chosen.entries()) {
      const report = readFileSync(join(folder, 'reports', `${n}.tgz.report.json`), 'utf8')
      t.equal(withoutMeasures(report), withoutMeasures(said.get(String(n)) ?? ''), title)
    }
    const outcomes = chosen.map((_, n) => (JSON.parse(said.get(String(n)) ?? '') as Report).ok)
    t.comment(`${chosen.length} packages, ${outcomes.filter(Boolean).length} of them passed`)
    t.ok(outcomes.includes(true) && outcomes.includes(false), 'some pass, and some do not')

    t.test('and so does the form for machines', async (t) => {
      const n = outcomes.indexOf(true)
      const one = await runAnnex(folder, ['check', files[n] ?? '', '--json'])
      t.equal(one.code, 0)
      t.equal(withoutMeasures(one.stdout), withoutMeasures(said.get(String(n)) ?? ''))
    })
  },
)

type Chosen = { title: string; bytes: Uint8Array }

async function choosePackages(folder: string, sandbox: Parameters<typeof everyPackage>[1]): Promise<Chosen[]> {
  const chosen: Chosen[] = []
  let n = 0
  for await (const { title, make } of everyPackage(folder, sandbox))
    if (LONG || n++ % EVERY === 0) chosen.push({ title, bytes: await make() })
  return chosen
}

async function reportOfServer({ url }: TestApp, author: Person, { title, bytes }: Chosen): Promise<string> {
  const sent = await author.call('POST', '/api/marketplace/extensions', bytes, { 'content-type': 'application/gzip' })
  // 200: the same bytes came before.
  if (sent.status > 202) throw new Error(`${title}: ${sent.status} ${JSON.stringify(sent.body)}`)
  const headers = { authorization: `Bearer ${author.accessToken}` }
  for (;;) {
    const answer = await fetch(`${url}/api/marketplace/submissions/${sent.text('id')}/report`, { headers })
    const text = await answer.text()
    if (answer.status === 200) return text
    await sleep(20)
  }
}

/** Milliseconds and bytes differ from run to run; all else must not. */
function withoutMeasures(text: string): string {
  return text.replaceAll(/"(cpuMs|memory)": [\d.]+/g, '"$1": 0')
}
