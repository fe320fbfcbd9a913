import t from 'tap'
import { type Hiding, hideValues } from '../../../runtime/recordings/hide-values.ts'
import type { Recording } from '../../../runtime/recordings/recording.ts'
import { STEP_LIMITS } from '../../../runtime/sandbox/limits.ts'
import type { Json } from '../../../sdk/json.ts'

const SECRET = 'sk_live_1234567890abcdef'
const NOTHING: Hiding = { injections: [], credentials: {}, personalFields: ['nick'] }

function recordingOf(answers: Json[]): Recording {
  return {
    ...{ format: 'annex-recording-1', runId: 'run_1', installationId: 'ins_1', extension: '@acme/probe' },
    ...{ version: '1.0.0', digest: 'd', epoch: 1, reason: 'test', seed: '0'.repeat(64), limits: STEP_LIMITS },
    ...{ startedAt: '2031-05-06T07:08:09.000Z', endedAt: '2031-05-06T07:08:10.000Z', outcome: 'succeeded' as const },
    input: {
      handler: ['check'],
      args: [],
      config: {},
      installation: { id: 'ins_1', extension: '@acme/probe', version: '1.0.0' },
      platform: '1.1.0',
    },
    slices: [{ enter: 'deliver', now: 0, answers: answers.map((value, i) => ({ id: i + 1, ok: true, value })) }],
    usage: { cpuMs: 0, wallMs: 0, hostCalls: 0 },
    hidden: { personal: 0, secrets: 0, settled: true },
  }
}

/** What is left of the answers. */
function hidden(answers: Json[], hiding: Hiding = NOTHING): Json[] | undefined {
  const [slice] = hideValues(recordingOf(answers), hiding)?.slices ?? []
  return slice?.answers?.map((answer) => (answer.ok ? answer.value : null))
}

const bytes = (text: string, as: 'utf8' | 'latin1') => ({
  body: Buffer.from(text, as).toString('base64'),
  encoding: 'base64',
})
const clear = (answer: Json | undefined, as: 'utf8' | 'latin1') =>
  Buffer.from((answer as { body: string }).body, 'base64').toString(as)

t.test('hiding values', async (t) => {
  t.test('reaches into bytes, whatever they are written in', async (t) => {
    const text = JSON.stringify({ nick: 'Zoé Müller', city: 'Lyon', token: SECRET })
    for (const as of ['utf8', 'latin1'] as const) {
      const left = hidden([bytes(text, as)], { ...NOTHING, credentials: { apiKey: SECRET } })
      const parsed = JSON.parse(clear(left?.[0], as))
      t.match(parsed, { nick: /^[A-Z][a-z]{2} [A-Z][a-z]{5}$/, city: 'Lyon', token: '[redacted]' }, as)
      t.not(parsed.nick, 'Zoé Müller')
      const [plain, bare] = hidden([{ nick: 'Zoé Müller' }, bytes('for Zoé Müller', as)]) ?? []
      t.same({ nick: clear(bare, as).replace('for ', '') }, plain, as)
    }
  })

  t.test('leaves bytes as they are in which nothing is to be hidden', async (t) => {
    const image = { body: Buffer.from([0xff, 0xd8, 0, 1, 2, 0xfe]).toString('base64'), encoding: 'base64' }
    const other = { body: 'not base64', encoding: 'base64' }
    t.same(hidden([image, other, { nick: 'Zoé Müller' }])?.slice(0, 2), [image, other])
  })

  // Work that grows with the square of the length would take a minute.
  t.test('reads a long value as often for each of its characters as a short one', { timeout: 15_000 }, async (t) => {
    t.ok(hidden([{ comment: 'x'.repeat(500_000) }]))
  })

  t.test('takes long values out of their fields, and out of texts where they are few', async (t) => {
    const few = 'a long story '.repeat(30)
    const left = hidden([{ comment: few }, `told: ${few}`])
    t.notOk(JSON.stringify(left).includes('long story'))
    const many = Array.from({ length: 10 }, (_, i) => ({ comment: `${i} story `.repeat(4000) }))
    t.notOk(JSON.stringify(hidden(many)).includes('story'))
  })

  t.test('gives up where there is too much', async (t) => {
    const names = (count: number, chars: number) =>
      Array.from({ length: count }, (_, i) => ({ nick: `${i}`.padStart(chars, 'n') }))
    t.ok(hidden(names(500, 100)), 'control')
    t.equal(hidden(names(1000, 100)), undefined, 'characters to look for')
    t.equal(hidden(names(6000, 5)), undefined, 'values')
    t.equal(hidden([{ nick: 'n'.repeat(600 * 1024) }]), undefined, 'characters in all')
  })
})
