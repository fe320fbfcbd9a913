import { createHash } from 'node:crypto'
import { type ExampleRun, integrate, recordsOf } from '../example-run.ts'

const PAPERS = ['P-1', 'P-2', 'P-3'].map((id) => ({ id, title: `Delivery note ${id}`, date: '2026-06-01' }))

export const pdfArchive: ExampleRun = {
  name: 'pdf-archive',
  hosts: {
    'api.paperbox.example': (request) => {
      if (request.headers.get('authorization') !== 'Bearer the-box-key') return new Response('', { status: 401 })
      const { pathname, searchParams } = new URL(request.url)
      const id = /^[/]v1[/]papers[/](P-\d)[/]pdf$/.exec(pathname)?.[1]
      if (id) return new Response(pdfOf(id), { headers: { 'content-type': 'application/pdf' } })
      const first = PAPERS.findIndex((paper) => paper.id === searchParams.get('after')) + 1
      const last = first + Number(searchParams.get('limit'))
      return Response.json({ papers: PAPERS.slice(first, last), more: last < PAPERS.length })
    },
  },
  async run(t, installed) {
    const { admin } = installed
    const path = await integrate(installed, 'papers', { credentials: { apiKey: 'the-box-key' } })
    const archive = () => admin.call('POST', `${path}/actions/archive`, { limit: 2 })
    t.match((await archive()).body, { ok: true, result: { stored: 2, present: 0, more: true } })
    t.match((await archive()).body, { ok: true, result: { stored: 1, present: 0, more: false } })
    t.match((await archive()).body, { ok: true, result: { stored: 0, more: false } })
    const documents = await recordsOf(admin, 'documents')
    t.equal(documents.length, 3)
    for (const { id, reference, content } of documents) {
      const bytes = pdfOf(String(reference))
      t.match(content, { size: bytes.length, digest: createHash('sha256').update(bytes).digest('hex') })
      const read = await admin.call('GET', `/api/v1/documents/${id}/content`)
      t.match(read, { status: 200, body: new TextDecoder().decode(bytes) })
    }
  },
}

/** Larger than what the guest could be handed at once without noticing. */
function pdfOf(id: string): Uint8Array<ArrayBuffer> {
  return new TextEncoder().encode(`%PDF-1.4\n% ${id}\n${'0123456789abcdef'.repeat(20_000)}\n%%EOF\n`)
}
