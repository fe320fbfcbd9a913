import { existsSync, readFileSync } from 'node:fs'
import { fileURLToPath } from 'node:url'
import t from 'tap'
import { SERVICE_VERSION } from '../../marketplace/service-health.ts'

const root = new URL('../..', import.meta.url)
const read = (path: string) => readFileSync(new URL(path, root), 'utf8')
const manifest = JSON.parse(read('package.json'))
const PAGES = ['README.md', 'SECURITY.md', 'CHANGELOG.md']

for (const page of PAGES) {
  const text = read(page)

  t.test(`${page} names scripts that exist`, async (t) => {
    const named = [...text.matchAll(/npm (?:run )?([a-z:]+)/g)].map((match) => match[1] ?? '')
    const builtIn = ['ci', 'install', 'is', 'comes']
    t.same(
      named.filter((name) => !builtIn.includes(name) && !(name in manifest.scripts)),
      [],
    )
  })

  t.test(`${page} names files and folders that exist`, async (t) => {
    t.same(
      pathsIn(text).filter((path) => !existsSync(new URL(path, root))),
      [],
    )
  })
}

t.test('README.md tells of every script', async (t) => {
  const text = read('README.md')
  const missing = Object.keys(manifest.scripts).filter((name) => !new RegExp(`npm (run )?${name}\\b`).test(text))
  t.same(missing, [])
})

t.test('README.md lists exactly the settings that are read', async (t) => {
  const settings = (text: string) => [...new Set(text.match(/\b(ANNEX_[A-Z_]*[A-Z]|MONGODB_URI|NODE_ENV)\b/g))]
  const ofTests = ['TEST_ENGINE']
  const wanted = ['runtime/config.ts', 'sdk/cli/configuration.ts'].flatMap((path) => settings(read(path)))
  t.same(settings(read('README.md')).sort(), [...new Set(wanted)].filter((name) => !ofTests.includes(name)).sort())
})

t.test('the changelog begins with the version of the package, and the workspaces have it too', async (t) => {
  t.equal(/^## (\S+)/m.exec(read('CHANGELOG.md'))?.[1], manifest.version)
  const versions = ['sdk', 'sdk/package', 'sdk/cli'].map((folder) => JSON.parse(read(`${folder}/package.json`)).version)
  t.same(versions, [manifest.version, manifest.version, manifest.version])
  t.equal(SERVICE_VERSION, manifest.version)
})

t.test('README.md maps the rooms that exist', async (t) => {
  const rooms = ['sdk', 'sdk/package', 'sdk/cli', 'runtime', 'marketplace', 'extensions-examples', 'test']
  const text = read('README.md')
  t.same(
    rooms.filter((room) => !text.includes(`| \`${room}\` |`) || !existsSync(fileURLToPath(new URL(room, root)))),
    [],
  )
})

/** Targets of links, and words in backticks that begin like a path of this tree. */
function pathsIn(text: string): string[] {
  const links = [...text.matchAll(/\]\(([^)]+)\)/g)].map((match) => match[1] ?? '').filter((to) => !/^[a-z]+:/.test(to))
  const quoted = [...text.matchAll(/`([^`\s]+)`/g)].map((match) => match[1] ?? '')
  const rooms = /^(sdk|runtime|marketplace|extensions-examples|test)(\/|$)/
  return [...links, ...quoted.filter((word) => rooms.test(word))]
}
