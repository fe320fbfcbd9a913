import { setImmediate as turn } from 'node:timers/promises'
import fc from 'fast-check'
import t from 'tap'
import type { Isolated } from '../../../runtime/sync/isolate.ts'
import { type FrameWork, runFrames } from '../../../runtime/sync/run-frames.ts'

/** What becomes of a frame, and after how many turns of the event loop. */
interface Fate {
  turns: number
  end: 'ok' | 'dies' | 'throws'
}

const FATE = fc.record({
  turns: fc.nat({ max: 5 }),
  end: fc.constantFrom<Fate['end'][]>('ok', 'ok', 'ok', 'dies', 'throws'),
})

interface Story {
  taken: number[]
  /** The most that was under way at once, and whether a search ever had company. */
  most: number
  disturbed: boolean
  /** What was under way when it was over, and whether it was told to end. */
  left: number
  aborted: boolean
  error?: unknown
}

async function tell(fates: readonly Fate[], failAt = -1): Promise<Story> {
  const story: Story = { taken: [], most: 0, disturbed: false, left: 0, aborted: false }
  let calls = 0
  let searching = false
  const work: FrameWork<number, number, string> = {
    async call([at = -1], signal) {
      story.most = Math.max(story.most, ++calls)
      story.disturbed ||= searching
      try {
        const { turns, end } = fates[at] as Fate
        for (let left = turns; left > 0 && !signal.aborted; left--) await turn()
        story.aborted ||= signal.aborted
        if (end === 'throws') throw new Error(`frame ${at}`)
        return end === 'ok' ? { ok: true, outputs: [at] } : { ok: false, failure: 'died' }
      } finally {
        calls--
      }
    },
    async search(frame, died) {
      searching = true
      story.disturbed ||= calls > 0
      await turn()
      await turn()
      story.disturbed ||= calls > 0
      searching = false
      return frame.map((input) => ({ input, died }))
    },
    take([one]) {
      const { input } = one as Isolated<number, number, string>
      if (input === failAt) throw new Error(`taking ${input}`)
      story.taken.push(input)
    },
  }
  const frames = fates.map((_, at) => [at])
  story.error = await runFrames(frames, work, new AbortController().signal).catch((error) => error)
  story.left = calls
  return story
}

t.test('frames are taken in order up to the first failure, two at a time, and a search is alone', async () => {
  await fc.assert(
    fc.asyncProperty(fc.array(FATE, { maxLength: 8 }), async (fates) => {
      const { taken, most, disturbed, left, error } = await tell(fates)
      const failed = fates.findIndex(({ end }) => end === 'throws')
      const expected = fates.map((_, at) => at).slice(0, failed < 0 ? fates.length : failed)
      const rightError =
        failed < 0 ? error === undefined : error instanceof Error && error.message === `frame ${failed}`
      return String(taken) === String(expected) && rightError && most <= 2 && !disturbed && left === 0
    }),
    { numRuns: 300 },
  )
})

t.test('two frames are under way at once', async (t) => {
  const fates: Fate[] = Array.from({ length: 5 }, () => ({ turns: 3, end: 'ok' }))
  t.match(await tell(fates), { most: 2, taken: [0, 1, 2, 3, 4] })
})

t.test('what goes wrong in taking ends the other call too', async (t) => {
  const fates: Fate[] = [0, 0, 1_000].map((turns) => ({ turns, end: 'ok' }))
  t.match(await tell(fates, 1), { taken: [0], left: 0, aborted: true, error: { message: 'taking 1' } })
})

t.test('an abort from outside reaches the calls', async (t) => {
  const controller = new AbortController()
  const reason = new Error('cancelled')
  const work: FrameWork<number, number, string> = {
    async call(_, signal) {
      while (!signal.aborted) await turn()
      throw signal.reason
    },
    search: async () => [],
    take: () => t.fail('nothing to take'),
  }
  const running = runFrames([[1], [2], [3]], work, controller.signal)
  await turn()
  controller.abort(reason)
  await t.rejects(running, reason)
})
