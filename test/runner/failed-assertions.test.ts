import { pathToFileURL } from 'node:url'
import t from 'tap'
import { runFile } from './run-file.ts'

const FILE = `
import assert from 'node:assert'
import t from ${JSON.stringify(import.meta.resolve('tap'))}
t.test('bad', async (t) => t.test('worse', async (t) => { t.equal('not ok 1 - a text', '', 'is empty'); t.ok(1, 'fine') }))
t.test('asserts', async () => assert.equal(1, 2, 'one is two'))
t.test('throws', async () => { throw new Error('boom') })
t.test('hangs', { timeout: 50 }, () => new Promise((resolve) => setTimeout(resolve, 500)))
t.test('throws later', async () => { setTimeout(() => null.x); await new Promise((resolve) => setTimeout(resolve, 50)) })
`

t.test('names what was asserted, and nothing that broke', async (t) => {
  const root = pathToFileURL(`${t.testdir({ 'mixed.ts': FILE, 'broken.ts': 'import "./nowhere.ts"' })}/`)
  const mixed = await runFile(root, 'mixed.ts', process.env, 20_000)
  t.same(mixed.assertions, ['is empty', 'one is two'])
  t.ok(mixed.failed > 1)
  const broken = await runFile(root, 'broken.ts', process.env, 20_000)
  t.same([broken.failed, broken.assertions], [1, []])
})
