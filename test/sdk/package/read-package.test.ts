import { readPackage } from '@annex/package/read-package'
import { writeArchive } from '@annex/package/write-archive'
import t from 'tap'
import { goodFiles, goodManifest } from './good-package.ts'
import { file, GOOD, manifest } from './hostile-archives/parts.ts'
import { BLOCK, tgz } from './tar-builder.ts'

t.test('reads what was packed', async (t) => {
  const read = readPackage(GOOD)
  if (!read.ok) throw new Error('the good package was refused')
  const { files, manifest, size, unpacked, digest } = read.package
  t.strictSame([...files.keys()], Object.keys(goodFiles()).sort())
  t.equal(Buffer.from(files.get('src/index.ts') ?? '').toString(), goodFiles()['src/index.ts'])
  t.strictSame(manifest, goodManifest())
  t.equal(size, GOOD.length)
  t.equal(unpacked % BLOCK, 0)
  t.match(digest, /^[0-9a-f]{64}$/)
})

t.test('findings hold no raw control characters', async (t) => {
  const read = readPackage(tgz(file('package/\u001b[2J\u202ex')))
  if (read.ok) throw new Error('accepted')
  for (const { message, file = '' } of read.findings) t.notMatch(message + file, /[\p{Cc}\p{Cf}]/u)
  t.match(read.findings[0], { rule: 'PKG-09', severity: 'error', docs: 'pkg-09' })
})

t.test('a refused file keeps the others from being handed out', async (t) => {
  const bytes = writeArchive(new Map([['package.json', Buffer.from('{}')]]))
  t.match(readPackage(bytes), { ok: true })
  t.match(readPackage(tgz(manifest, file('package/../x'))), { ok: false, package: undefined })
})
