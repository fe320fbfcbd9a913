import t from 'tap'
import { readTap } from './read-tap.ts'

t.test('counts the innermost blocks and loose assertions', async (t) => {
  const tap = [
    'TAP version 14',
    '# Subtest: engines',
    '    # Subtest: sqlite',
    '        ok 1 - should be equal',
    '        1..1',
    '    ok 1 - sqlite # time=1ms',
    '    # Subtest: mongodb',
    '        not ok 1 - should be equal',
    '          ---',
    '          diff: |',
    'ok 9 - not a result but text of a diagnostic',
    '          ...',
    '        1..1',
    '    not ok 2 - mongodb # time=1ms',
    '    1..2',
    'not ok 1 - engines # time=2ms',
    'ok 2 - a loose assertion',
    '1..2',
  ].join('\n')
  t.same(readTap(tap), { passed: 2, failed: 1, skipped: [], comments: [] })
})

t.test('names what was skipped', async (t) => {
  t.same(readTap('ok 1 - later # SKIP no reason\n1..1').skipped, ['later # SKIP no reason'])
})

t.test('keeps remarks, and nothing of what tap says itself', async (t) => {
  const tap = [
    '# Subtest: attacks',
    '    ok 1 - fine',
    '    # attacks: 8',
    '    1..1',
    'ok 1 - attacks # time=1ms',
    '  ---',
    '  # not a remark',
    '  ...',
    '# 3 of 3 were found',
    '1..1',
    '# { total: 1, pass: 1 }',
    '# time=2ms',
  ].join('\n')
  t.same(readTap(tap), { passed: 1, failed: 0, skipped: [], comments: ['attacks: 8', '3 of 3 were found'] })
})
