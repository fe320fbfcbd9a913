import t from 'tap'
import { failingPart } from './failing-part.ts'

t.test('keeps failed blocks with their diagnostics, and what stands behind the last test', async (t) => {
  const output = [
    '# Subtest: good',
    '    ok 1 - fine',
    'ok 1 - good',
    '# Subtest: bad',
    '    not ok 1 - wrong',
    'not ok 2 - bad',
    '  ---',
    '  diff: lost',
    '  ...',
    '# Subtest: good again',
    'ok 3 - good again',
    'Error: boom',
  ]
  t.equal(failingPart(output.join('\n')), [...output.slice(3, 9), 'Error: boom'].join('\n'))
})
