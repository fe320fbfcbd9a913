import fc from 'fast-check'
import t from 'tap'
import { createFrameDecoder, encodeFrame, FrameError } from '../../../runtime/sandbox/framing.ts'

t.test('frames come out whole however the stream is cut', async () => {
  fc.assert(
    fc.property(
      fc.array(fc.tuple(fc.json(), fc.string()), { maxLength: 8 }),
      fc.array(fc.integer({ min: 1, max: 50 }), { minLength: 1, maxLength: 40 }),
      (messages, cuts) => {
        const bytes = Buffer.concat(messages.map(([header, body]) => encodeFrame(header, body)))
        const decode = createFrameDecoder(1_000_000)
        const out: [string, string][] = []
        for (let at = 0, i = 0; at < bytes.length; i++) {
          const end = at + (cuts[i % cuts.length] as number)
          for (const { header, body } of decode(bytes.subarray(at, end))) out.push([header, body.toString()])
          at = end
        }
        return JSON.stringify(out) === JSON.stringify(messages)
      },
    ),
  )
})

t.test('a frame over the maximum is refused by its length alone', async (t) => {
  const decode = createFrameDecoder(100)
  t.throws(() => decode(Buffer.from([0, 0, 0, 101])), FrameError)
})

t.test('a frame of the maximum passes', async (t) => {
  const decode = createFrameDecoder(100)
  t.equal(decode(encodeFrame('{}', 'x'.repeat(97)))[0]?.body.length, 97)
})

t.test('bytes that are no header line are refused', async (t) => {
  const decode = createFrameDecoder(100)
  t.throws(() => decode(Buffer.from([0, 0, 0, 2, 97, 98])), FrameError)
})
