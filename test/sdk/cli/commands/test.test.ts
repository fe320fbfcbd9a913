import { readFileSync } from 'node:fs'
import { join } from 'node:path'
import t from 'tap'
import { runAnnex } from '../run-annex.ts'
import { runAnnexProcess } from '../run-annex-process.ts'

const MANIFEST = {
  name: '@acme/probe',
  version: '1.0.0',
  license: 'MIT',
  annex: {
    kind: 'connector',
    displayName: 'Probe',
    category: 'OPERATIONS',
    integrationType: 'CUSTOM',
    entry: 'dist/extension.js',
    platform: '>=1.0.0 <2.0.0',
    permissions: {
      required: [
        { scope: 'write:chantiers', reason: 'Writes' },
        { scope: 'read:chantiers', reason: 'Reads', conditions: [{ field: 'status', op: 'eq', value: 'ACTIVE' }] },
      ],
    },
    egress: [{ host: 'api.example.com', reason: 'Asks' }],
  },
}

/** A project with one action; `body` is what the action does. */
function project(body: string, cases: Record<string, unknown>) {
  const source = `import { defineConnector } from '@annex/sdk'
export default defineConnector({
  async check() { return [] },
  streams: {},
  actions: { act: { params: {}, async run(ctx, input) { ${body} } } },
})`
  const fixtures = Object.entries(cases).map(([name, one]) => [name, { 'case.json': JSON.stringify(one) }])
  return {
    'package.json': JSON.stringify(MANIFEST),
    src: { 'index.ts': source },
    fixtures: Object.fromEntries(fixtures),
  }
}

interface Result {
  name: string
  ok: boolean
  problems: string[]
  differences: unknown[]
  failure?: { code: string }
  usage: { hostCalls: number }
  logs: { message: string }[]
}

async function results(folder: string): Promise<Record<string, Result>> {
  const { results: list } = (await runAnnex(folder, ['test', '--json'])).json()
  return Object.fromEntries((list as Result[]).map((result) => [result.name, result]))
}

t.test('a wrong result is shown path by path', async (t) => {
  const cases = {
    right: { handler: 'actions.act', input: { n: 2 }, expect: { twice: 4, list: [2] } },
    wrong: { handler: 'actions.act', input: { n: 2 }, expect: { twice: 5, list: [2, 3] } },
  }
  const folder = t.testdir(project('console.log("doubling"); return { twice: input.n * 2, list: [input.n] }', cases))
  const run = await runAnnexProcess(folder, ['test'])
  t.equal(run.code, 1)
  t.match(run.stdout, /^passed right/m)
  t.match(run.stdout, /^failed wrong/m)
  t.match(run.stdout, /at \/twice\n\s+expected 5\n\s+actual {3}4/)
  t.match(run.stdout, /at \/list\/1\n\s+expected 3\n\s+actual {3}nothing/)
  t.match(run.stdout, 'log info: doubling')
  t.match(run.stdout, '1 passed, 1 failed')
  t.equal((await runAnnex(folder, ['test', '--only', 'right'])).code, 0)
})

t.test('platform calls meet the real platform, under the grant of the manifest', async (t) => {
  const body = `
    const { chantiers } = ctx.platform
    const made = await chantiers.create({ reference: 'CH-1', name: 'Halle', status: 'ACTIVE' })
    const { data } = await chantiers.list()
    const refused = []
    for (const call of [
      () => chantiers.create({ reference: 'CH-2', name: 'Halle', status: 'NO SUCH' }),
      () => chantiers.get('rec_nothing'),
      () => ctx.platform.timesheets.list(),
    ]) await call().catch((error) => refused.push(error.code))
    await ctx.kv.set('seen', made.rev)
    return { rev: made.rev, names: data.map((one) => one.name), refused, kept: (await ctx.kv.get('seen')).value }`
  const expect = {
    rev: 1,
    names: ['Halle'],
    refused: ['INVALID_ARGUMENT', 'NOT_FOUND', 'PERMISSION_DENIED'],
    kept: 1,
  }
  const folder = t.testdir(project(body, { real: { handler: 'actions.act', input: {}, expect } }))
  const { real } = await results(folder)
  t.match(real, { ok: true, differences: [], problems: [] })
  t.equal(real?.usage.hostCalls, 7)
})

t.test('an undeclared host is refused, a declared one without a recording is not reached', async (t) => {
  const body = "await ctx.fetch(input.url).catch((error) => { throw Object.assign(error) }); return 'reached'"
  const fetching = (url: string, code: string) => ({ handler: 'actions.act', input: { url }, error: { code } })
  const folder = t.testdir(
    project(body, {
      undeclared: fetching('https://elsewhere.example.com/', 'EGRESS_DENIED'),
      loopback: fetching('http://127.0.0.1/', 'EGRESS_DENIED'),
      unrecorded: fetching('https://api.example.com/', 'CONNECTION_FAILED'),
    }),
  )
  const { undeclared, loopback, unrecorded } = await results(folder)
  t.match(undeclared, { ok: true })
  t.match(loopback, { ok: true })
  t.match(unrecorded, { ok: false, problems: [/^not in the recording: api\.example\.com/] })
})

t.test('a recorded request that nobody makes fails the case', async (t) => {
  const har = {
    log: {
      entries: [
        {
          request: { method: 'GET', url: 'https://api.example.com/a' },
          response: { status: 200, content: { text: '1' } },
        },
        {
          request: { method: 'GET', url: 'https://api.example.com/b' },
          response: { status: 200, content: { text: '2' } },
        },
      ],
    },
  }
  const folder = t.testdir({
    ...project("return (await ctx.fetch('https://api.example.com/a')).json()", {}),
    fixtures: {
      half: {
        'case.json': JSON.stringify({ handler: 'actions.act', input: {}, expect: 1, http: 'exchange.har' }),
        'exchange.har': JSON.stringify(har),
      },
    },
  })
  const { half } = await results(folder)
  t.match(half, {
    ok: false,
    differences: [],
    problems: ['recorded, but never asked for: GET https://api.example.com/b'],
  })
})

t.test('a loop dies alone with the error of its limit', async (t) => {
  const cases = {
    loops: { handler: 'actions.act', input: {}, error: { code: 'CPU' } },
    throws: { handler: 'actions.act', input: { late: true }, expect: 1 },
  }
  const folder = t.testdir(project("if (input.late) throw new TypeError('too late'); for (;;) {}", cases))
  const { loops, throws } = await results(folder)
  t.match(loops, { ok: true })
  t.match(throws, { ok: false, problems: [/too late/] })
})

t.test('a case that cannot be understood is refused with its path', async (t) => {
  const folder = t.testdir({ fixtures: { odd: { 'case.json': '{ "handler": "check", "expct": [] }' } } })
  const run = await runAnnex(folder, ['test', '--json'])
  t.equal(run.code, 1)
  t.match(run.json().error, { message: /expct/, where: join(folder, 'fixtures/odd/case.json') })
})

t.test('no fixtures is no success', async (t) => {
  const run = await runAnnexProcess(t.testdir(project('return 1', {})), ['test'])
  t.equal(run.code, 1)
  t.match(run.stderr, 'has no fixtures')
})

t.test('--update writes down the new results and keeps what may be anything', async (t) => {
  const cases = {
    changed: { handler: 'actions.act', input: { n: 2 }, expect: { n: 1, at: { $any: 'number' }, gone: true } },
    broken: { handler: 'actions.act', input: {}, expect: 1 },
  }
  const folder = t.testdir(project("if (!input.n) throw new Error('no'); return { n: input.n, at: Date.now() }", cases))
  const run = await runAnnex(folder, ['test', '--update', '--json'])
  t.equal(run.code, 1, 'a run that failed has no result to accept')
  t.match(run.json(), { passed: 0, failed: 1, updated: ['changed'] })
  const written = JSON.parse(readFileSync(join(folder, 'fixtures/changed/case.json'), 'utf8'))
  t.strictSame(written.expect, { n: 2, at: { $any: 'number' } })
  t.equal((await runAnnex(folder, ['test', '--only', 'changed'])).code, 0)
})

t.test('a promise that fails and that nobody waits for fails the case', async (t) => {
  const body = "Promise.reject(new Error('left alone')); return 1"
  const folder = t.testdir(project(body, { alone: { handler: 'actions.act', input: {}, expect: 1 } }))
  const { alone } = await results(folder)
  t.match(alone, { ok: false, differences: [], problems: [/nobody waited for it/] })
})
