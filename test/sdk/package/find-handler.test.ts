import { findHandler } from '@annex/package/find-handler'
import t from 'tap'

/** The text at the place, up to the end of its line. */
function found(source: string, ...path: string[]): string | undefined {
  const place = findHandler(source, path)
  return place && source.split('\n')[place.line - 1]?.slice(place.column)
}

const WRITTEN_OUT = `var index_default = defineConnector({
  async check() {},
  streams: { sites: { schema: {}, "read": read1 }, hours },
  actions: { 'make-it': { async run() {} } }
})
function read1() {}
var hours = {
  async *read() {}
}`

t.test('finds a handler by its name in the definition', async (t) => {
  t.equal(found(WRITTEN_OUT, 'check'), 'async check() {},')
  t.equal(found(WRITTEN_OUT, 'streams', 'sites', 'read'), '"read": read1 }, hours },')
  t.equal(found(WRITTEN_OUT, 'actions', 'make-it', 'run'), 'async run() {} } }')
})

t.test('follows a name to where it is declared', async (t) => {
  t.equal(found(WRITTEN_OUT, 'streams', 'hours', 'read'), 'async *read() {}')
  const apart = `var definition = { check }\nfunction check() {}\nvar x = defineConnector2(definition)`
  t.equal(found(apart, 'check'), 'function check() {}')
})

t.test('goes as far as the definition is written out', async (t) => {
  t.equal(found(WRITTEN_OUT, 'streams', 'sites', 'write'), 'sites: { schema: {}, "read": read1 }, hours },')
  t.equal(found(WRITTEN_OUT, 'nothing'), undefined)
  t.equal(found('var x = defineConnector(make())', 'check'), undefined)
  t.equal(found('this is no script', 'check'), undefined)
})

t.test('names that lead in a circle end', async (t) => {
  t.equal(found('var a = b; var b = a; var x = defineConnector(a)', 'check'), undefined)
})
