import { readFileSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import t, { type Test } from 'tap'
import type { Recording } from '../../../../runtime/recordings/recording.ts'
import type { Sandbox } from '../../../../runtime/sandbox/run.ts'
import { buildOrThrow } from '../../../../sdk/cli/build-package.ts'
import { recordGuest } from '../../../runtime/recordings/record-guest.ts'
import { type Answering, openSandbox } from '../../../runtime/sandbox/start-guest.ts'
import { runAnnex } from '../run-annex.ts'
import { runAnnexProcess } from '../run-annex-process.ts'
import { json, scriptedServer } from '../scripted-server.ts'

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
    permissions: {},
  },
}

const ACT = `const { dice } = input
const [a, b] = await Promise.all([ctx.kv.get('a'), ctx.kv.get('b')])
ctx.log.info('both are here')
if (!b) throw new RangeError('no b at ' + new Date().toISOString() + ' ' + dice + Math.random())
return { a, b }`

/** A project with one action; `body` is what the action does. */
function project(body: string) {
  const source = `import { defineConnector } from '@annex/sdk'
export default defineConnector({
  async check() { return [] },
  streams: {},
  actions: { act: { params: {}, async run(ctx, input: any) { ${body} } } },
})`
  return { 'package.json': JSON.stringify(MANIFEST), src: { 'index.ts': source } }
}

const answer: Answering = ({ args }) => {
  return { ok: true, value: (args as { key: string }).key === 'a' ? { value: 1, rev: 1 } : null }
}

/** The project in a folder, and a failed run of it, as a server would give it. */
async function recorded(t: Test, sandbox: Sandbox): Promise<{ folder: string; recording: Recording }> {
  const folder = t.testdir(project(ACT))
  const { source, digest } = await buildOrThrow(folder, sandbox)
  const request = { answer, handler: ['actions', 'act', 'run'], args: [{ dice: 7 }] }
  const { recording } = await recordGuest(sandbox, source, request)
  writeFileSync(join(folder, 'recording.json'), JSON.stringify({ ...recording, digest }))
  return { folder, recording: { ...recording, digest } }
}

function change(folder: string, from: string, to: string): void {
  const path = join(folder, 'src/index.ts')
  writeFileSync(path, readFileSync(path, 'utf8').replace(from, to))
}

t.test('annex replay', async (t) => {
  const sandbox = await openSandbox(t)

  t.test('tells that the run is equal to the byte', async (t) => {
    const { folder } = await recorded(t, sandbox)
    const run = await runAnnexProcess(folder, ['replay', 'recording.json', '--json'])
    t.equal(run.code, 0, run.stderr)
    t.match(run.json(), { equal: true, identical: true, sameCode: true, handler: 'actions.act.run' })
    const words = await runAnnex(folder, ['replay', 'recording.json'])
    t.match(words.stdout, /^equal to the byte: run_1/)
    t.match(words.stdout, /ends with RangeError: no b at/)
    t.match(words.stdout, /src\/index\.ts:\d+:\d+/, 'where, in the author’s file')
    const packed = await runAnnex(folder, ['pack', '--json'])
    const file = (packed.json() as { file: string }).file
    const again = await runAnnex(folder, ['replay', 'recording.json', file])
    t.match(again.stdout, /^equal to the byte: run_1 \(actions\.act\.run, the code that was recorded\)/)
    t.match(again.stdout, /src\/index\.ts:\d+:\d+/)
  })

  t.test('shows the first call in which changed code departs', async (t) => {
    const { folder } = await recorded(t, sandbox)
    change(folder, "get('b')", "get('c')")
    const run = await runAnnex(folder, ['replay', 'recording.json', '--json'])
    t.equal(run.code, 1)
    const found = run.json() as { equal: boolean; sameCode: boolean; departure: object }
    t.match(found, { equal: false, sameCode: false })
    t.match(found.departure, { index: 1, differences: [{ path: '/key', expected: '"b"', actual: '"c"' }] })
    const words = await runAnnex(folder, ['replay', 'recording.json'])
    t.match(
      words.stdout,
      /call 2 differs:\n\s+kv\.get, with other arguments:\n\s+at \/key\n\s+expected "b"\n\s+actual {3}"c"/,
    )
  })

  t.test('shows another end, as that of code that is mended', async (t) => {
    const { folder } = await recorded(t, sandbox)
    change(folder, 'if (!b) throw', 'if (!a) throw')
    const run = await runAnnex(folder, ['replay', 'recording.json', '--json'])
    t.equal(run.code, 1)
    t.match(run.json(), { equal: false, actual: { results: [{ a: { value: 1 } }] } })
    t.match((await runAnnex(folder, ['replay', 'recording.json'])).stdout, /the calls are the same, the end is another/)
  })

  t.test('fetches the recording of a run, and keeps it on demand', async (t) => {
    const { folder, recording } = await recorded(t, sandbox)
    const server = await scriptedServer(t, [json(200, recording)])
    const environment = { ANNEX_SERVER: server.url, ANNEX_KEY: 'axk_test' }
    const run = await runAnnex(
      folder,
      ['replay', 'run_1', '--installation', 'ins/1', '--save', 'kept.json'],
      environment,
    )
    t.equal(run.code, 0, run.stderr)
    t.equal(server.seen[0]?.url, '/api/marketplace/installations/ins%2F1/invocations/run_1/recording')
    t.same(JSON.parse(readFileSync(join(folder, 'kept.json'), 'utf8')), recording)
  })

  t.test('says what is wrong with what it was given', async (t) => {
    const { folder, recording } = await recorded(t, sandbox)
    const tries: [unknown, string, RegExp][] = [
      ['nonsense', 'BAD_RECORDING', /not JSON/],
      [{ ...recording, seed: 'x' }, 'BAD_RECORDING', /seed/],
      [{ ...recording, slices: [{ enter: 'jump', now: 1 }] }, 'BAD_RECORDING', /slices/],
      [{ ...recording, format: 'annex-recording-0' }, 'BAD_RECORDING', /format/],
    ]
    for (const [content, code, message] of tries) {
      const text = typeof content === 'string' ? content : JSON.stringify(content)
      writeFileSync(join(folder, 'bad.json'), text)
      const run = await runAnnex(folder, ['replay', 'bad.json', '--json'])
      t.equal(run.code, 1)
      t.match(run.stdout + run.stderr, code)
      t.match(run.stdout + run.stderr, message)
    }
    t.equal((await runAnnex(folder, ['replay', 'nowhere.json'])).code, 2)
    t.equal((await runAnnex(folder, ['replay', 'recording.json', '--save', 'x'])).code, 2)
  })
})
