import { readRecordedEntries } from '@annex/package/fixtures/recorded-entries'
import t from 'tap'
import { createRecordedExchange, type RecordedExchange } from '../../../runtime/trials/recorded-exchange.ts'

function exchange(...entries: [method: string, url: string, text: string][]): RecordedExchange {
  const har = {
    log: {
      entries: entries.map(([method, url, text]) => ({
        request: { method, url },
        response: { status: 200, content: { text } },
      })),
    },
  }
  return recordedIn(har)
}

function recordedIn(har: object): RecordedExchange {
  const read = readRecordedEntries(Buffer.from(JSON.stringify(har)))
  if ('problem' in read) throw new Error(read.problem)
  return createRecordedExchange(read)
}

function body(answer: { body: Uint8Array } | undefined): string | undefined {
  return answer && Buffer.from(answer.body).toString()
}

t.test('answers the same request in the order of the recording, each entry once', async (t) => {
  const recorded = exchange(['GET', 'https://a.example/x', 'first'], ['GET', 'https://a.example/x', 'second'])
  t.equal(body(recorded.answer('GET', 'https://a.example/x')), 'first')
  t.equal(body(recorded.answer('GET', 'https://a.example/x')), 'second')
  t.equal(recorded.answer('GET', 'https://a.example/x'), undefined)
  t.strictSame(recorded.unanswered, ['GET https://a.example/x'])
})

t.test('the order of parameters does not matter, method, host, path and values do', async (t) => {
  const recorded = exchange(['GET', 'https://a.example/x?b=2&a=1%20', 'yes'])
  for (const [method, url] of [
    ['POST', 'https://a.example/x?a=1%20&b=2'],
    ['GET', 'https://b.example/x?a=1%20&b=2'],
    ['GET', 'https://a.example/X?a=1%20&b=2'],
    ['GET', 'https://a.example/x?a=1&b=2'],
  ] as const) {
    t.equal(recorded.answer(method, url), undefined, `${method} ${url}`)
  }
  t.equal(body(recorded.answer('GET', 'https://a.example/x?a=1+&b=2')), 'yes')
  t.strictSame(recorded.unused(), [])
})

t.test('tells its hosts and what was never asked for', async (t) => {
  const recorded = exchange(['GET', 'https://a.example/x', ''], ['PUT', 'https://b.example/y', ''])
  t.strictSame(recorded.hosts, ['a.example', 'b.example'])
  t.strictSame(recorded.unused(), ['GET https://a.example/x', 'PUT https://b.example/y'])
})

t.test('bytes may be recorded in base64', async (t) => {
  const entry = {
    request: { method: 'GET', url: 'https://a.example/' },
    response: { status: 200, headers: [{ name: 'X-One', value: '1' }], content: { text: '/w==', encoding: 'base64' } },
  }
  const recorded = recordedIn({ log: { entries: [entry] } })
  const answer = recorded.answer('GET', 'https://a.example/')
  t.strictSame(answer && [...answer.body], [255])
  t.strictSame(answer?.headers, [['x-one', '1']])
})

t.test('a file that is no recording is refused with a reason', async (t) => {
  const read = (text: string) => readRecordedEntries(Buffer.from(text))
  t.match(read('{'), { problem: /not JSON/ })
  t.match(read('{}'), { problem: /log/ })
  t.match(read('{"log":{"entries":[{"request":{}}]}}'), { problem: /entries/ })
})
