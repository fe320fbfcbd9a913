import { mkdir, readdir, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import t from 'tap'
import { seedCatalog } from '../../../marketplace/catalog/seed-catalog.ts'
import { openSandbox } from '../../runtime/sandbox/start-guest.ts'
import { goodFiles } from '../../sdk/package/good-package.ts'
import { got, openChecker, openMarketplace } from '../rig/open-marketplace.ts'

const EXAMPLES = fileURLToPath(new URL('../../../extensions-examples/', import.meta.url))

async function extensionFolder(dir: string): Promise<string> {
  const files = {
    ...goodFiles(),
    'src/index.ts': `import { defineConnector } from '@annex/sdk'
export default defineConnector({ async check() { return [] }, streams: {} })
`,
  }
  for (const [path, contents] of Object.entries(files)) {
    if (path.startsWith('dist/') || path === 'annex.describe.json') continue
    await mkdir(join(dir, path, '..'), { recursive: true })
    await writeFile(join(dir, path), contents)
  }
  return dir
}

t.test('seeding', async (t) => {
  const checker = await openChecker(t)
  const sandbox = await openSandbox(t)

  t.test('a folder goes through the whole check into the catalog, once', async (t) => {
    const rig = await openMarketplace(t, { checker })
    const deps = { ...rig, sandbox }
    const folder = await extensionFolder(t.testdir())
    t.match(await seedCatalog(deps, [folder]), [{ extension: '@acme/site-import', outcome: 'published' }])
    t.match(await seedCatalog(deps, [folder]), [{ outcome: 'present' }])
    t.match(got(await rig.catalog.search({})).data, [{ extension: '@acme/site-import', version: '1.2.0' }])
    const actors = (await rig.audit.list('system')).data.map(({ actor }) => actor)
    t.same([...new Set(actors)], ['system:seed', 'system:first-use'], 'the second makes the key that signs')
  })

  t.test('what does not pass its check is told and left out', async (t) => {
    const rig = await openMarketplace(t, { checker })
    const deps = { ...rig, sandbox }
    const folder = await extensionFolder(t.testdir())
    await writeFile(join(folder, 'README.md'), '')
    t.match(await seedCatalog(deps, [folder, join(folder, 'nowhere')]), [
      { outcome: 'refused' },
      { outcome: 'refused' },
    ])
    t.same(got(await rig.catalog.search({})).data, [])
  })

  t.test('a start that was interrupted before the verdict is taken up again', async (t) => {
    const rig = await openMarketplace(t, { checker })
    const deps = { ...rig, sandbox }
    const folder = await extensionFolder(t.testdir())
    const interrupted = {
      ...deps,
      reviews: {
        ...rig.reviews,
        decideAsSystem: async () => {
          throw new Error('killed')
        },
      },
    }
    await t.rejects(seedCatalog(interrupted, [folder]), { message: 'killed' })
    t.match(await seedCatalog(deps, [folder]), [{ outcome: 'published' }])
  })

  t.test('the examples of the product are sound', async (t) => {
    const rig = await openMarketplace(t, { checker })
    const deps = { ...rig, sandbox }
    const folders = (await readdir(EXAMPLES)).map((name) => join(EXAMPLES, name))
    const seeded = await seedCatalog(deps, folders)
    t.same(
      seeded.map(({ outcome }) => outcome),
      folders.map(() => 'published'),
    )
  })
})
