import { readFileSync } from 'node:fs'
import { fileURLToPath } from 'node:url'
import t from 'tap'
import { RULES, tellViolation } from './check-architecture.ts'
import { PACKAGE_HOMES, TEST_PACKAGES, TOOLS } from './package-homes.ts'
import { readSources } from './sources.ts'

const root = fileURLToPath(new URL('../..', import.meta.url))
const sources = readSources(root)

t.ok(sources.size > 50, `read ${sources.size} files`)

for (const [name, rule] of Object.entries(RULES)) {
  t.test(`the tree keeps the rule ${name}`, async (t) => {
    t.equal(rule(sources).map(tellViolation).join('\n'), '')
  })
}

t.test('every dependency has a home, and every home a dependency', async (t) => {
  const manifest = JSON.parse(readFileSync(`${root}/package.json`, 'utf8'))
  const declared = [...Object.keys(manifest.dependencies), ...Object.keys(manifest.devDependencies)]
  const housed = Object.keys(PACKAGE_HOMES).filter((name) => !name.startsWith('node:'))
  t.same(declared.sort(), [...housed, ...TOOLS, ...TEST_PACKAGES].sort())
})

t.test('tests import no package that is not declared', async (t) => {
  const known = new Set([...Object.keys(PACKAGE_HOMES), ...TEST_PACKAGES])
  const foreign = [...sources.values()].flatMap((file) =>
    file.imports.flatMap(({ target }) => (target.kind === 'package' && !known.has(target.name) ? [target.name] : [])),
  )
  t.same([...new Set(foreign)], [])
})
