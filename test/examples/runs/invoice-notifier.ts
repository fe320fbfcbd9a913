import { createHmac } from 'node:crypto'
import { type ExampleRun, until } from '../example-run.ts'

interface Post {
  path: string
  key: string | null
  signature: string | null
  body: string
}

const posts: Post[] = []
let down = true

export const invoiceNotifier: ExampleRun = {
  name: 'invoice-notifier',
  config: { chatHost: 'chat.team.example', chatPath: '/hooks/invoices' },
  hosts: {
    'chat.team.example': async (request) => {
      if (down) {
        down = false
        return new Response('', { status: 503 })
      }
      const { headers, url } = request
      const [key, signature] = [headers.get('idempotency-key'), headers.get('x-signature')]
      posts.push({ path: new URL(url).pathname, key, signature, body: await request.text() })
      return new Response('ok')
    },
  },
  async run(t, { app, admin, id }) {
    const secrets = { signingKey: 'the signing key' }
    t.equal((await admin.call('PUT', `/api/marketplace/installations/${id}/secrets`, { secrets })).status, 200)
    const draft = { number: 'F-12', status: 'DRAFT', client: 'Ida', amount: '1250.00', currency: 'EUR' }
    const made = await admin.call('POST', '/api/v1/invoices', draft)
    t.equal((await admin.call('PATCH', `/api/v1/invoices/${made.text('id')}`, { status: 'ISSUED' })).status, 200)
    const post = await until(async () => {
      // What the chat refused is tried again later.
      app.clock.ahead += 1_000
      return posts[0]
    })
    t.match(post, { path: '/hooks/invoices', key: /./ })
    t.equal(JSON.parse(post.body).text, 'Invoice F-12 was issued: €1,250.00.')
    t.equal(post.signature, createHmac('sha256', 'the signing key').update(post.body).digest('hex'))
    t.equal((await admin.call('PATCH', `/api/v1/invoices/${made.text('id')}`, { client: 'Ada' })).status, 200)
    await until(async () => {
      const { body } = await admin.call('GET', '/api/events/deliveries')
      const { data } = body as { data: { state: string }[] }
      return data.length > 0 && data.every(({ state }) => state === 'DELIVERED') ? true : undefined
    })
    t.equal(posts.length, 1, 'an invoice is told once')
  },
}
