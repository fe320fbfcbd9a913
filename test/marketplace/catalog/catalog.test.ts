import t from 'tap'
import { createCatalog } from '../../../marketplace/catalog/catalog.ts'
import { codeOf, got, openChecker, openMarketplace, packageOf, type Rig } from '../rig/open-marketplace.ts'

function named(
  name: string,
  displayName: string,
  annex: Record<string, unknown> = {},
  description = 'Brings sites in',
) {
  return packageOf('1.0.0', {
    manifest: (manifest) => {
      manifest.name = `@acme/${name}`
      manifest.description = description
      Object.assign(manifest.annex, { displayName }, annex)
    },
  })
}

async function namesOf(rig: Rig, query: Parameters<Rig['catalog']['search']>[0]): Promise<string[]> {
  return got(await rig.catalog.search(query)).data.map(({ name }) => name)
}

t.test('the catalog', async (t) => {
  const checker = await openChecker(t)

  t.test('shows what is published, right after it was, and nothing else', async (t) => {
    const rig = await openMarketplace(t, { checker })
    await rig.catalog.start()
    await rig.openPublisher()
    const { reviewId = '' } = await rig.upload(packageOf('1.0.0'))
    t.same(await namesOf(rig, {}), [])
    t.equal(codeOf(await rig.catalog.detail('@acme/site-import')), 'NOT_FOUND')
    got(await rig.approve(reviewId))
    t.match(got(await rig.catalog.search({})), {
      data: [{ extension: '@acme/site-import', displayName: 'Site import', version: '1.0.0', kind: 'connector' }],
      facets: { category: { OPERATIONS: 1 }, kind: { connector: 1 }, integrationType: { ERP: 1 } },
    })
    await rig.upload(packageOf('2.0.0'))
    t.match(got(await rig.catalog.versions('@acme/site-import', {})).data, [{ version: '1.0.0' }])
  })

  t.test('tells permissions in plain words', async (t) => {
    const rig = await openMarketplace(t, { checker })
    await rig.openPublisher()
    await rig.publish(
      named('words', 'Words', {
        permissions: {
          required: [{ scope: 'write:chantiers', reason: 'Creates the sites' }],
          optional: [
            {
              scope: 'read:timesheets',
              reason: 'Exports hours',
              conditions: [{ field: 'status', op: 'eq', value: 'APPROVED' }],
            },
          ],
        },
        config: { type: 'object', properties: { baseHost: { type: 'string' } } },
        egress: [
          { host: 'api.erp.example', reason: 'The API of the ERP' },
          { host: '{{config.baseHost}}', match: '*.odoo.com', reason: 'Your own server' },
        ],
      }),
    )
    const detail = got(await rig.catalog.detail('@acme/words'))
    t.match(detail.permissions, {
      required: [{ scope: 'write:chantiers', words: 'Create, change and delete your construction sites' }],
      optional: [{ words: 'Read your timesheets, only where status is APPROVED', reason: 'Exports hours' }],
      hosts: [
        { host: 'api.erp.example', words: 'Exchange data with api.erp.example' },
        {
          host: '{{config.baseHost}}',
          words: 'Exchange data with a server that you name, within *.odoo.com in the setting "baseHost"',
        },
      ],
      credentials: { type: 'API_KEY', fields: ['apiKey'] },
    })
    t.match(detail, { readme: /construction sites/, versions: [{ version: '1.0.0' }], latest: undefined })
  })

  t.test('finds by text, best fit first, and by facets', async (t) => {
    const rig = await openMarketplace(t, { checker })
    await rig.openPublisher()
    await rig.publish(named('ledger', 'Grand livre', { category: 'FINANCE', integrationType: 'ACCOUNTING' }))
    await rig.publish(named('export', 'Export', {}, 'Sends hours to the ledger'))
    await rig.publish(named('plain', 'Plain', { category: 'HR', integrationType: 'HR' }, 'Été comme hiver'))
    t.same(await namesOf(rig, { text: 'ledger' }), ['ledger', 'export'])
    t.same(await namesOf(rig, { text: 'livre' }), ['ledger'])
    t.same(await namesOf(rig, { text: 'ETE' }), ['plain'], 'without case and accents')
    t.same(await namesOf(rig, { text: 'led' }), ['ledger', 'export'], 'by the beginning of a word')
    t.same(await namesOf(rig, { text: 'ledger hours' }), ['export'], 'every word')
    t.same(await namesOf(rig, { category: 'HR' }), ['plain'])
    t.same(await namesOf(rig, { text: 'sites', integrationType: 'ACCOUNTING' }), ['ledger'])
    t.same(got(await rig.catalog.search({ text: 'ledger' })).facets.category, { FINANCE: 1, OPERATIONS: 1 })
    for (const text of ['"', '*', 'a OR b', 'name:x', '-', '(', '{name} : x', "';--", 'NEAR(a b)'])
      t.ok((await rig.catalog.search({ text })).ok, `${text} is text`)
  })

  t.test('pages without a gap or a repetition', async (t) => {
    const rig = await openMarketplace(t, { checker })
    await rig.openPublisher()
    for (const name of ['bb', 'aa', 'dd', 'cc', 'ee']) await rig.publish(named(name, 'Same name'))
    const seen: string[] = []
    let cursor: string | undefined
    do {
      const page = got(await rig.catalog.search({ limit: 2, ...(cursor ? { cursor } : {}) }))
      seen.push(...page.data.map(({ name }) => name))
      cursor = page.nextCursor
    } while (cursor !== undefined)
    t.same(seen.toSorted(), ['aa', 'bb', 'cc', 'dd', 'ee'])
    t.same(await namesOf(rig, {}), seen, 'the same order in one piece')
    for (const bad of ['x', Buffer.from('[1]').toString('base64url'), Buffer.from('["a",1,2]').toString('base64url')])
      t.equal(codeOf(await rig.catalog.search({ cursor: bad })), 'INVALID_ARGUMENT')
  })

  t.test('another node is rebuilt from the store and then follows', async (t) => {
    const rig = await openMarketplace(t, { checker })
    await rig.openPublisher()
    await rig.publish(named('before', 'Before'))
    const other = createCatalog(rig)
    t.teardown(() => other.stop())
    await other.start()
    await rig.publish(named('after', 'After'))
    const found = got(await other.search({})).data.map(({ name }) => name)
    t.same(found.sort(), ['after', 'before'])
  })

  t.test('many questions at once share the reading, and all see the last publication', async (t) => {
    const rig = await openMarketplace(t, { checker })
    await rig.openPublisher()
    const answers = []
    for (const version of ['1.0.0', '1.0.1', '1.0.2']) {
      const early = rig.catalog.search({})
      await rig.publish(packageOf(version))
      answers.push(
        ...(await Promise.all([rig.catalog.search({}), rig.catalog.search({})])).map((page) => ({ page, version })),
      )
      await early
    }
    for (const { page, version } of answers) t.match(got(page).data, [{ version }])
  })
})
