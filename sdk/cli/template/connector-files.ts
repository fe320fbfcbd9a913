import type { KindFiles } from './kind-files.ts'

const SOURCE = `import { AnnexError, defineConnector, type Context } from '@annex/sdk'

const API = 'https://api.example.com'

export default defineConnector({
  async check(ctx) {
    const { ok, status } = await ctx.fetch(API + '/items?page=1')
    return [{ name: 'reach', ok, message: 'The API answered ' + status }]
  },
  streams: {
    items: {
      schema: { type: 'object', properties: { id: { type: 'string' } }, required: ['id'] },
      primaryKey: ['id'],
      // The engine may stop after any page and go on later from its checkpoint, in a new context.
      async *read(ctx, { checkpoint }) {
        for (let page = Number(checkpoint ?? 1); ; page++) {
          const { items, last } = await readPage(ctx, page)
          yield { records: items, checkpoint: last ? 1 : page + 1 }
          if (last) return
        }
      },
    },
  },
})

async function readPage(ctx: Context, page: number): Promise<{ items: { id: string }[]; last: boolean }> {
  const answer = await ctx.fetch(API + '/items?page=' + page)
  if (answer.status === 429) {
    const retryAfter = Number(answer.headers.get('retry-after') ?? 60)
    throw new AnnexError('RATE_LIMIT_EXCEEDED', 'The API asks for a pause', { retryAfter })
  }
  if (!answer.ok) throw new AnnexError('CONNECTION_FAILED', 'The API answered ' + answer.status)
  return (await answer.json()) as { items: { id: string }[]; last: boolean }
}
`

const CASE = {
  handler: 'streams.items.read',
  input: { checkpoint: null, upperBound: '2026-01-01T00:00:00.000Z' },
  expect: [
    { records: [{ id: 'a' }, { id: 'b' }], checkpoint: 2 },
    { records: [{ id: 'c' }], checkpoint: 1 },
  ],
  http: 'exchange.har',
}

const EXCHANGE = {
  log: {
    version: '1.2',
    creator: { name: 'annex', version: '1' },
    entries: [
      recorded(1, { items: [{ id: 'a' }, { id: 'b' }], last: false }),
      recorded(2, { items: [{ id: 'c' }], last: true }),
    ],
  },
}

/** A connector with one stream of pages, and a recording that stands for the API. */
export function connectorFiles(): KindFiles {
  return {
    annex: {
      integrationType: 'CUSTOM',
      egress: [{ host: 'api.example.com', reason: 'The API that the items come from' }],
      config: { type: 'object', properties: {}, additionalProperties: false },
    },
    description: 'Reads items from an API, page by page',
    readme: `## What it does

The stream \`items\` reads every item of the API, one page at a time, and can go on after any page. The connection test
asks for the first page.

## What it asks for, and why

- The host \`api.example.com\`: the API that the items come from. Nothing else is reached.
- No scope: it reads and writes no record of the platform by itself.`,
    files: {
      'src/index.ts': SOURCE,
      'fixtures/first/case.json': `${JSON.stringify(CASE, null, 2)}\n`,
      'fixtures/first/exchange.har': `${JSON.stringify(EXCHANGE, null, 2)}\n`,
    },
  }
}

function recorded(page: number, body: unknown): Record<string, unknown> {
  return {
    request: { method: 'GET', url: `https://api.example.com/items?page=${page}` },
    response: {
      status: 200,
      headers: [{ name: 'content-type', value: 'application/json' }],
      content: { mimeType: 'application/json', text: JSON.stringify(body) },
    },
  }
}
