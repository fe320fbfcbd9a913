import { bundle } from '@annex/package/bundle'
import t, { type Test } from 'tap'
import type { ActiveInstallation } from '../../../runtime/installation-source.ts'
import { createLog } from '../../../runtime/log.ts'
import { createPackageChecker } from '../../../runtime/sandbox/package-checker.ts'
import { createStackMapper } from '../../../runtime/sandbox/stack-mapper.ts'
import { openInvocations } from './open-invocations.ts'

const INDEX = `import { defineConnector } from '@annex/sdk'
import { divide } from './parts/divide.ts'

interface Unused {
  a: string
}

export default defineConnector({
  streams: {},
  actions: {
    fail: {
      params: { type: 'object' },
      async run(ctx) {
        await ctx.kv.get('x')
        return divide(1, 0)
      },
    },
    tell: {
      params: { type: 'object' },
      run() {
        try {
          divide(1, 0)
        } catch (error) {
          console.error(error)
        }
        return 1
      },
    },
  },
})
`
const DIVIDE = `type Amount = number

/** A comment, so that lines differ from those of the bundle. */
export function divide(a: Amount, b: Amount): Amount {
  if (b === 0) throw new RangeError('nothing to divide by')
  return a / b
}
`
const FAIL = ['actions', 'fail', 'run']

t.test("places in the author's files", async (t) => {
  const opened = await open(t)
  const code = await bundled(t, { 'index.ts': INDEX, parts: { 'divide.ts': DIVIDE } })
  const invoke = (source: { source: string; sourceMap?: string }, handler = FAIL) => run(opened, source, handler)

  t.test('are told by the stack of a failure, and by the row of its run', async (t) => {
    const { failure, row } = await invoke(code)
    const lines = failure?.stack?.split('\n') ?? []
    t.equal(lines[0], '    at divide (src/parts/divide.ts:5:22)')
    t.match(
      lines[1],
      /^ {4}at async Object\.run \(src\/index\.ts:15:16\)$|^ {4}at Object\.run \(src\/index\.ts:15:16\)$/,
    )
    t.equal(lines.length, 2, 'no frame of the host is shown')
    t.equal(row?.failure?.stack, failure?.stack)
  })

  t.test('are told by what is logged', async (t) => {
    const { row } = await invoke(code, ['actions', 'tell', 'run'])
    t.match(row?.logText, 'src/parts/divide.ts:5:22')
    t.notMatch(row?.logText, 'ext://')
  })

  t.test('are told for code that throws when it is loaded', async (t) => {
    const throwing = await bundled(t, { 'index.ts': `const a: string[] = []\nexport default a[0].length\n` })
    const { failure } = await invoke(throwing)
    t.match(failure, { code: 'TypeError', stack: /^ {4}at src\/index\.ts:2:21/ })
  })

  t.test('are told for code that does not compile', async (t) => {
    const line = code.source.split('\n').findIndex((text) => text.includes('throw new RangeError'))
    const broken = code.source.replace('throw new RangeError', 'throw throw RangeError')
    const { failure } = await invoke({ ...code, source: broken })
    t.ok(line > 0)
    t.match(failure, {
      code: 'EXTENSION_LOAD_FAILED',
      message: /^Unexpected token 'throw' \(src\/parts\/divide\.ts:5:\d+\)$/,
    })
  })

  t.test('stay those of the script', async (t) => {
    const script = /ext:\/\/@acme\/test@1\.0\.0\/extension\.js:\d+:\d+/
    const map = JSON.parse(code.sourceMap)
    const bad: Record<string, string | undefined> = {
      'without a map': undefined,
      'by a map that is no JSON': '{',
      'by a map that is a list': '[]',
      'by a map without places': JSON.stringify({ ...map, mappings: '' }),
      'by a map whose places are nonsense': JSON.stringify({ ...map, mappings: '%%%%' }),
      'by a map whose places are a number': JSON.stringify({ ...map, mappings: 7 }),
      'by a map without files': JSON.stringify({ ...map, sources: [] }),
      'by files outside': JSON.stringify({ ...map, sources: map.sources.map(() => '/etc/passwd') }),
      'by files with a scheme': JSON.stringify({ ...map, sources: map.sources.map(() => 'https://evil.example/x') }),
      'by files with line ends': JSON.stringify({ ...map, sources: map.sources.map(() => 'a\n    at host (b') }),
      'by files with signs for terminals': JSON.stringify({ ...map, sources: map.sources.map(() => '\u001b[31mx') }),
      'by files with endless names': JSON.stringify({ ...map, sources: map.sources.map(() => 'x'.repeat(5_000)) }),
      'by a map of nested maps': `{"version":3,"sections":${'['.repeat(50_000)}`,
    }
    for (const [why, sourceMap] of Object.entries(bad)) {
      const { source } = code
      const { failure } = await invoke(sourceMap === undefined ? { source } : { source, sourceMap })
      t.match(failure?.stack, script, why)
      t.equal(failure?.message, 'nothing to divide by')
      t.notMatch(failure?.stack, /passwd|evil|host|\[31m/)
    }
  })

  t.test('are asked for once, by whichever of its runs fails', async (t) => {
    const installed = opened.installCode(code)
    const before = opened.asked()
    for (const round of [1, 2, 3]) {
      const { failure } = await runInstalled(opened, installed, FAIL)
      t.match(failure?.stack, 'src/parts/divide.ts:5:22', `run ${round}`)
    }
    t.equal(opened.asked(), before + 1)
  })

  t.test('are not asked for again where the map is too much to read', async (t) => {
    const sourceMap = JSON.stringify({ version: 3, sources: ['a'], names: [], mappings: ';'.repeat(7_900_000) })
    const installed = opened.installCode({ ...code, sourceMap })
    const before = opened.asked()
    for (const round of [1, 2]) {
      const { failure } = await runInstalled(opened, installed, FAIL)
      t.match(failure?.stack, /ext:\/\//, `run ${round}`)
    }
    t.equal(opened.asked(), before + 1)
    t.match((await invoke(code)).failure?.stack, 'src/parts/divide.ts:5:22', 'others are told theirs')
  })
})

type Opened = Awaited<ReturnType<typeof open>>

async function open(t: Test) {
  const checker = await createPackageChecker({ log: createLog('silent') })
  t.teardown(() => checker.close())
  let asked = 0
  const trace: typeof checker.trace = (...question) => {
    asked++
    return checker.trace(...question)
  }
  const opened = await openInvocations(t, {}, { stackMapper: createStackMapper({ trace }) })
  return { ...opened, asked: () => asked }
}

async function bundled(t: Test, src: NonNullable<Parameters<Test['testdir']>[0]>) {
  const made = await bundle(t.testdir({ src }), { source: 'src/index.ts', entry: 'dist/extension.js' })
  if (!made.ok) throw new Error(made.problems.map(({ message }) => message).join())
  return made
}

function run(opened: Opened, code: Parameters<Opened['installCode']>[0], handler: string[]) {
  return runInstalled(opened, opened.installCode(code), handler)
}

async function runInstalled({ invocations }: Opened, { id, organizationId }: ActiveInstallation, handler: string[]) {
  const outcome = await invocations.invoke({
    organizationId,
    installationId: id,
    handler,
    args: [{}],
    reason: 'action',
  })
  const { data } = await invocations.runs(organizationId, { installationId: id })
  return { failure: outcome.ok ? undefined : outcome.failure, row: data[0] }
}
