import t from 'tap'
import type { Recording } from '../../../../runtime/recordings/recording.ts'
import type { Replay } from '../../../../runtime/recordings/replay.ts'
import { replayData, type ShownReplay, showReplay } from '../../../../sdk/cli/replay/show-replay.ts'
import { createSourcePlaces } from '../../../../sdk/cli/source-places.ts'
import { createTerminal } from '../../../../sdk/cli/terminal.ts'
import type { Json } from '../../../../sdk/json.ts'

const WALL = { class: 'WALL', code: 'TIMEOUT', message: 'too long', retryable: true, incident: false } as const

function shown(actual: Replay['actual'], verdict: Partial<Replay>): ShownReplay {
  const usage = { cpuMs: 0, wallMs: 0, hostCalls: 0 }
  const expected = { results: [] as Json[], failure: WALL }
  const none = { equal: false, equalSoFar: false, identical: false }
  const hidden = { personal: 0, secrets: 0, settled: true }
  const recording = { runId: 'run_1', input: { handler: ['check'] }, hidden } as unknown as Recording
  const sourceMap = '{"version":3,"sources":[],"names":[],"mappings":""}'
  return {
    recording,
    replay: { ...none, ...verdict, expected, actual, usage, logs: [], slices: [] },
    sameCode: true,
    places: createSourcePlaces({ entry: '', source: '', sourceMap }),
  }
}

t.test('a replay of a run that was ended from outside', async (t) => {
  const terminal = createTerminal(process, { noColor: true, quiet: true })
  const words = (it: ShownReplay) => showReplay(terminal, it).join('\n')
  const far = /^the same calls as far as the recording goes: run_1/

  t.test('is not called equal when it ends in another way', async (t) => {
    const ends = shown({ results: ['fine'] }, { equalSoFar: true })
    t.match(words(ends), far)
    t.match(words(ends), 'ended from outside (TIMEOUT: too long), and now ends with "fine"')
    t.match(replayData(ends), { equal: false, equalSoFar: true, differences: undefined })
    t.match(words(shown({ results: [] }, { equalSoFar: true })), 'and now goes on')
    const failure = { ...WALL, class: 'USER_ERROR', code: 'Error', message: 'x' } as const
    t.match(
      words(shown({ results: [], failure }, { equalSoFar: true })),
      'ends with another failure\nends with Error: x',
    )
  })

  t.test('departs when its values are others', async (t) => {
    t.match(
      words(shown({ results: ['fine'] }, {})),
      /^departs: run_1[^\n]*\nthe calls are the same, the end is another/,
    )
  })
})
