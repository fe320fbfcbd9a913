import { sha256 } from '@annex/package/package-files'
import { readPackage } from '@annex/package/read-package'
import { RULES } from '@annex/package/rules'
import t from 'tap'
import { hostileArchives } from './hostile-archives.ts'
import { nearMisses } from './near-misses.ts'

const PROMISED = 100

const digests = new Map<string, string>()

t.test('refuses every hostile archive, by its rule and no other', async (t) => {
  for (const { family, title, bytes, rule, also = [] } of hostileArchives()) {
    const archive = bytes()
    const read = readPackage(archive)
    digests.set(title, sha256(archive))
    const errors = read.ok ? [] : read.findings.filter((finding) => finding.severity === 'error')
    const rules = new Set(errors.map((finding) => finding.rule))
    t.strictSame([...rules].sort(), [rule, ...also].sort(), `${family}: ${title} by ${rule}`)
  }
})

t.test('takes every near miss', async (t) => {
  for (const { rule, title, bytes } of nearMisses())
    t.match(readPackage(bytes()), { ok: true }, `${title}, for ${rule}`)
})

t.test('every rule about archives refuses some and takes some that are close', async (t) => {
  // PKG-17 asks for what the sender said, and has a case of its own.
  const rules = RULES.filter((rule) => rule.stage === 'archive' && rule.severity === 'error' && rule.id !== 'PKG-17')
  const refusing = new Set([...hostileArchives()].map(({ rule }) => rule))
  const taking = new Set([...nearMisses()].map(({ rule }) => rule))
  for (const { id } of rules) t.ok(refusing.has(id) && taking.has(id), id)
})

t.test('no two of them are the same, and each is the same when it is made again', async (t) => {
  const all = [...hostileArchives()]
  t.equal(digests.size, all.length, 'each has a title of its own')
  t.equal(new Set(digests.values()).size, all.length, 'each has bytes of its own')
  for (const { title, bytes } of all) t.equal(sha256(bytes()), digests.get(title), title)
  t.ok(all.length >= PROMISED)
  t.comment(`${all.length} hostile archives`)
})
