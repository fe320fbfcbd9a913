import t from 'tap'
import { bringInDocument, HTML } from './bring-in-document.ts'
import { buildApp } from './build-app.ts'

t.test('the content of a document', async (t) => {
  const app = await buildApp(t)
  const ada = await app.person('ada')
  const bob = await app.person('bob')
  const id = await bringInDocument(app, ada, 'Plan "A" — été.html')
  const path = `/api/v1/documents/${id}/content`

  t.test('is streamed as a file that no browser runs', async (t) => {
    const answer = await ada.call('GET', path)
    t.equal(answer.status, 200)
    t.equal(answer.body, HTML.toString())
    const header = (name: string) => answer.headers.get(name)
    t.equal(header('content-type'), 'text/html')
    t.equal(header('content-length'), String(HTML.length))
    t.equal(header('x-content-type-options'), 'nosniff')
    t.match(header('content-security-policy'), /sandbox/)
    const name = 'filename="Plan _A_ _ _t_.html"; filename*=UTF-8\'\'Plan%20%22A%22%20%E2%80%94%20%C3%A9t%C3%A9.html'
    t.equal(header('content-disposition'), `attachment; ${name}`)
  })

  t.test('is not sent again to who has it', async (t) => {
    const etag = (await ada.call('GET', path)).headers.get('etag') ?? ''
    t.match(etag, /^"[0-9a-f]{64}"$/)
    const again = await ada.call('GET', path, undefined, { 'if-none-match': etag })
    t.equal(again.status, 304)
    t.equal(again.body, '')
  })

  t.test('is told in the record', async (t) => {
    const record = await ada.call('GET', `/api/v1/documents/${id}`)
    t.match(record.body, { content: { size: HTML.length, type: 'text/html' } })
    t.match((await ada.call('GET', '/api/v1/documents')).body, { data: [{ id, content: { size: HTML.length } }] })
    const body = { name: 'x', content: { size: 1, type: 'a/b', digest: 'c' } }
    t.equal((await ada.call('POST', '/api/v1/documents', body)).status, 400, 'and is not for a caller to say')
  })

  t.test('is 404 for another organization, and where there is none', async (t) => {
    t.equal((await bob.call('GET', path)).status, 404)
    const empty = await ada.call('POST', '/api/v1/documents', { name: 'To come' })
    t.equal((await ada.call('GET', `/api/v1/documents/${empty.text('id')}/content`)).status, 404)
  })

  t.test('is refused to a key that may not see it', async (t) => {
    const ask = async (scopes: string[]) => {
      const key = await app.key(ada, scopes)
      return (await app.call('GET', path, { headers: { authorization: `Bearer ${key}` } })).status
    }
    t.equal(await ask(['read:documents']), 200)
    t.equal(await ask(['read:chantiers']), 403)
  })

  t.test('is gone with its document', async (t) => {
    t.equal((await ada.call('DELETE', `/api/v1/documents/${id}`)).status, 204)
    t.equal((await ada.call('GET', path)).status, 404)
  })
})
