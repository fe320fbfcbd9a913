import { bundle } from '@annex/package/bundle'
import t from 'tap'
import { createSourcePlaces } from '../../../sdk/cli/source-places.ts'

const SOURCE = `import { defineConnector } from '@annex/sdk'

interface Gone {
  a: string
}

const fail = (gone?: Gone): never => { throw new Error(gone?.a) }

export default defineConnector({
  async check() { return fail() },
  streams: {},
})
`

t.test('leads places of the bundle back to the file, line and column of the author', async (t) => {
  const made = await bundle(t.testdir({ src: { 'index.ts': SOURCE } }), {
    source: 'src/index.ts',
    entry: 'dist/extension.js',
  })
  if (!made.ok) throw new Error('the example does not build')
  const places = createSourcePlaces({ ...made, entry: 'dist/extension.js' })
  const lines = made.source.split('\n')
  const line = lines.findIndex((text) => text.includes('throw new Error')) + 1
  const column = (lines[line - 1]?.indexOf('new Error') ?? 0) + 1
  t.equal(places.at(line, column), 'src/index.ts:7:46')
  t.match(places.at(line), /^src\/index\.ts:7:\d+$/, 'without a column the line is enough')
  t.equal(places.ofHandler(['check']), 'src/index.ts:10:3')
  const frame = (at: string) => `    at fail (ext://@acme/x@1.0.0/extension.js:${at})`
  t.equal(places.inText(frame(`${line}:${column}`)), '    at fail (src/index.ts:7:46)')
  t.equal(places.inText(frame('9999:1')), frame('9999:1'), 'what the map does not know stays')
  t.equal(places.at(1, 1), undefined)
})
