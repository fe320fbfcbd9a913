import type { RecordedEntry } from '@annex/package/fixtures/recorded-entries'

export interface RecordedAnswer {
  status: number
  statusText: string
  headers: [string, string][]
  body: Uint8Array
}

/** Answers requests from a recording: the same method and address, each entry once, in the order of the recording. */
export interface RecordedExchange {
  answer(method: string, url: string): RecordedAnswer | undefined
  /** What was asked for and is not in the recording. */
  readonly unanswered: string[]
  /** Every host of the recording, in lower case. */
  readonly hosts: string[]
  /** Recorded requests that nobody made. */
  unused(): string[]
}

export function createRecordedExchange(entries: readonly RecordedEntry[]): RecordedExchange {
  const left = [...entries]
  const unanswered: string[] = []
  const hosts = [...new Set(entries.flatMap(({ url }) => URL.parse(url)?.hostname ?? []))]
  return {
    unanswered,
    hosts,
    answer(method, url) {
      const index = left.findIndex((entry) => entry.method === method && sameAddress(entry.url, url))
      const entry = index < 0 ? undefined : left.splice(index, 1)[0]
      if (entry) return answerOf(entry)
      unanswered.push(`${method} ${url}`)
      return undefined
    },
    unused: () => left.map(({ method, url }) => `${method} ${url}`),
  }
}

/** The scheme, the order of query parameters and the spelling of escapes do not matter. */
function sameAddress(a: string, b: string): boolean {
  return canonical(a) === canonical(b)
}

function canonical(text: string): string {
  const url = URL.parse(text)
  if (!url) return text
  url.searchParams.sort()
  return `${url.host}${url.pathname}?${url.searchParams}`
}

function answerOf({ status, statusText, headers, body, encoding }: RecordedEntry): RecordedAnswer {
  return { status, statusText, headers, body: new Uint8Array(Buffer.from(body, encoding ?? 'utf8')) }
}
