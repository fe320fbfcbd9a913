import { readFileSync } from 'node:fs'
import { pathToFileURL } from 'node:url'
import t from 'tap'
import { plant, StaleMutantError } from './plant.ts'

const mutant = { title: 'a bug', why: '', file: 'a.ts', text: 'if (no) refuse()', replacement: '$&', red: [] }

t.test('plants a bug as it is written, and takes it out again', async (t) => {
  const root = pathToFileURL(`${t.testdir({ 'a.ts': '1\nif (no) refuse()\n2' })}/`)
  const read = () => readFileSync(new URL('a.ts', root), 'utf8')
  const undo = plant(root, mutant)
  t.equal(read(), '1\n$&\n2')
  undo()
  t.equal(read(), '1\nif (no) refuse()\n2')
})

t.test('a text that is gone, or stands there twice, makes it stale', async (t) => {
  const root = pathToFileURL(`${t.testdir({ 'a.ts': 'if (no) refuse()\nif (no) refuse()' })}/`)
  t.throws(
    () => plant(root, mutant),
    new StaleMutantError('"a bug" is stale: its text stands 2 times in a.ts, not once'),
  )
  t.throws(() => plant(root, { ...mutant, text: 'gone' }), { message: /0 times/ })
  t.throws(() => plant(root, { ...mutant, text: '' }), { message: /stale/ })
})
