import { comparePackages } from '@annex/package/difference/compare-packages'
import { PackageDifference } from '@annex/package/difference/package-difference'
import { Value } from '@sinclair/typebox/value'
import t from 'tap'
import { changedPackage, GOOD_ENTRY } from '../good-package.ts'

const lines = (hunks: readonly { lines: string[] }[] = []) =>
  hunks.flatMap((hunk) => hunk.lines).filter((line) => !line.startsWith(' '))

t.test('equal packages differ in nothing', async (t) => {
  t.same(comparePackages(changedPackage({}), changedPackage({})), { files: [], texts: [], sources: [] })
})

t.test('files, texts, sources and what runs are told apart', async (t) => {
  const changed = changedPackage({
    files: {
      'src/index.ts': 'export default { sly: true }\n',
      'src/more.ts': 'export const more = 1\n',
      'dist/extension.js': GOOD_ENTRY.replace('return [];', 'return [ctx.config.sly];'),
    },
  })
  const difference = comparePackages(changedPackage({}), changed)
  t.ok(Value.Check(PackageDifference, difference))
  t.same(
    difference.files.map(({ path, change }) => [path, change]),
    [
      ['dist/extension.js', 'changed'],
      ['src/index.ts', 'changed'],
      ['src/more.ts', 'added'],
    ],
  )
  t.same(lines(difference.sources[0]?.hunks), ['-export default {}', '+export default { sly: true }'])
  t.match(difference.sources[1], { path: 'src/more.ts', change: 'added' })
  t.match(lines(difference.bundle?.hunks), [/^- +return \[ \]/, /^\+/])
  t.same(difference.texts, [])
})

t.test('another layout of the bundle is no change of what runs', async (t) => {
  const files = { 'dist/extension.js': GOOD_ENTRY.replaceAll('\n', '\n\n  ') }
  const difference = comparePackages(changedPackage({}), changedPackage({ files }))
  t.equal(difference.files.length, 1)
  t.equal(difference.bundle, undefined)
})

t.test('a source that only the map carries is compared', async (t) => {
  const mapOf = (text: string) =>
    JSON.stringify({ version: 3, sources: ['../src/inner.ts'], sourcesContent: [text], mappings: '' })
  const [was, is] = ['const a = 1\n', 'const a = 2\n'].map((text) =>
    changedPackage({ files: { 'dist/extension.js.map': mapOf(text) } }),
  )
  const { sources } = comparePackages(was as Uint8Array, is as Uint8Array)
  t.same(lines(sources[0]?.hunks), ['-const a = 1', '+const a = 2'])
  t.equal(sources[0]?.path, 'src/inner.ts')
})

t.test('what is other beyond matching is cut, and says so', async (t) => {
  const many = (seed: number) => Array.from({ length: 30_000 }, (_, at) => `${seed} ${at}`).join('\n')
  const [was, is] = [1, 2].map((seed) => changedPackage({ files: { 'src/data.ts': many(seed) } }))
  const { sources } = comparePackages(was as Uint8Array, is as Uint8Array)
  t.equal(sources[0]?.cut, 'different')
  t.ok((sources[0]?.hunks[0]?.lines.length ?? 0) <= 10_000)
})

t.test('a file that is no text says so', async (t) => {
  const changed = changedPackage({ files: { 'CHANGELOG.md': new Uint8Array([0xff, 0xfe, 0x80]) } })
  t.match(comparePackages(changedPackage({}), changed).texts, [{ path: 'CHANGELOG.md', cut: 'unreadable' }])
})

t.test('what could never have passed is refused', async (t) => {
  t.throws(() => comparePackages(changedPackage({}), new Uint8Array([1, 2, 3])), TypeError)
})
