import { spawn } from 'node:child_process'
import { writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { checkPackage } from '@annex/package/check-package'
import { readPackage } from '@annex/package/read-package'
import type { Report } from '@annex/package/report'
import type { Rule } from '@annex/package/rule'
import { RULE_SET, RULES } from '@annex/package/rules'
import { build } from 'esbuild'
import fc from 'fast-check'
import t from 'tap'
import { Parser } from 'tar'
import { changedPackage, check, goodManifest } from './good-package.ts'
import { BLOCK, entry, pax, tgz } from './tar-builder.ts'

const GOOD = changedPackage({})

t.test('a good package', async (t) => {
  const report = await check(GOOD)
  t.match(report, { ok: true, ruleSet: RULE_SET, findings: [] })
  t.strictSame(
    report.executions,
    RULES.map(({ id: rule, stage }) => {
      if (stage === 'trial') return { rule, outcome: 'skip', reason: 'not run' }
      return stage === 'outside' ? { rule, outcome: 'skip', reason: 'no data' } : { rule, outcome: 'pass' }
    }),
  )
  t.match(report.package, {
    name: '@acme/site-import',
    version: '1.2.0',
    size: GOOD.length,
    manifest: goodManifest(),
    describe: { kind: 'connector', handlers: ['check', 'streams.sites.read'] },
    capabilities: { scopes: { required: [{ scope: 'write:chantiers' }], optional: [] } },
    texts: { readme: /^# Site import/, license: /^MIT/ },
  })
  t.match(
    report.package?.files.map(({ path }) => path),
    ['LICENSE', 'README.md', 'annex.describe.json'],
  )
  for (const digest of [report.package?.digest, report.package?.sourceDigest, report.package?.manifestDigest])
    t.match(digest, /^[0-9a-f]{64}$/)
  t.strictSame(JSON.parse(JSON.stringify(report)), report, 'is plain JSON')
})

t.test('a refused package tells nothing of its contents', async (t) => {
  const report = await check(changedPackage({ files: { LICENSE: undefined } }))
  t.match(report, { ok: false, package: undefined })
})

t.test('rules that were not reached are skipped, and said to be', async (t) => {
  const broken = await check(tgz(entry({ path: 'package/../x' })))
  const outcomes = new Map(broken.executions.map(({ rule, outcome }) => [rule, outcome]))
  t.equal(broken.executions.length, RULES.length)
  t.match(
    [outcomes.get('PKG-05'), outcomes.get('PKG-06'), outcomes.get('MAN-02'), outcomes.get('SEC-01')],
    ['fail', 'pass', 'skip', 'skip'],
  )
  const unnamed = await check(changedPackage({ files: { 'package.json': '{}' } }))
  t.match(
    unnamed.executions.find(({ rule }) => rule === 'MAN-11'),
    { outcome: 'skip' },
  )
  t.match(
    unnamed.executions.find(({ rule }) => rule === 'DOC-01'),
    { outcome: 'pass' },
  )
})

t.test('a rule that breaks is not a pass', async (t) => {
  const broken: Rule = {
    id: 'DOC-01',
    severity: 'note',
    stage: 'files',
    title: 'Breaks',
    why: 'To see what happens',
    fix: 'None',
    check: () => {
      throw new RangeError('inner words')
    },
  }
  const rules = RULES.map((rule) => (rule.id === 'DOC-01' ? broken : rule))
  const report = await checkPackage(GOOD, {}, rules)
  t.match(report, { ok: false, package: undefined, findings: [{ rule: 'DOC-01', severity: 'error' }] })
  t.match(
    report.executions.find(({ rule }) => rule === 'DOC-01'),
    { outcome: 'error' },
  )
  t.notMatch(JSON.stringify(report), 'inner words')
})

t.test('the reader refuses even without the rule that would say so', async (t) => {
  const rules = RULES.filter((rule) => !rule.id.startsWith('PKG-06'))
  const report = await checkPackage(tgz(entry({ type: '2', link: '/etc' })), {}, rules)
  t.match(report, { ok: false, package: undefined })
})

t.test('what only the caller knows', async (t) => {
  t.match(await check(GOOD, { publisher: 'other' }), { ok: false, findings: [{ rule: 'MAN-03' }] })
  t.match(await check(GOOD, { publisher: 'acme' }), { ok: true })
  t.match(await check(GOOD, { platformVersions: ['2.0.0'] }), { ok: false, findings: [{ rule: 'MAN-06' }] })
})

t.test('bytes changed at random never throw', async () => {
  const places = fc.array(fc.tuple(fc.nat(GOOD.length - 1), fc.nat(255)), { minLength: 1, maxLength: 6 })
  await fc.assert(
    fc.asyncProperty(places, fc.nat(GOOD.length), async (changes, end) => {
      const bytes = Uint8Array.from(GOOD)
      for (const [at, value] of changes) bytes[at] = value
      const report = await check(end % 5 === 0 ? bytes.subarray(0, end) : bytes)
      return report.executions.length === RULES.length
    }),
    { numRuns: 400 },
  )
})

t.test('a tar changed at random is refused, or node-tar reads the same out of it', async (t) => {
  const good = Buffer.concat([
    entry({ path: 'package/package.json', data: JSON.stringify(goodManifest()) }),
    pax({ path: 'package/b.txt', size: '4', mtime: '1' }),
    entry({ path: 'package/b.txt', data: 'text' }),
  ])
  const places = fc.array(fc.tuple(fc.nat(good.length - 1), fc.nat(255)), { minLength: 1, maxLength: 3 })
  let accepted = 0
  await fc.assert(
    fc.asyncProperty(places, fc.boolean(), async (changes, honest) => {
      const bytes = Buffer.from(good)
      for (const [at, value] of changes) bytes[at] = value
      const archive = tgz(honest ? withChecksums(bytes) : bytes)
      const read = readPackage(archive)
      if (!read.ok) return true
      accepted++
      const ours = [...read.package.files].map(([path, data]) => [`package/${path}`, Buffer.from(data).toString('hex')])
      return JSON.stringify(ours) === JSON.stringify(await nodeTarReads(archive))
    }),
    { numRuns: 800 },
  )
  t.ok(accepted > 5, 'some were accepted', { accepted })
})

/** Makes the checksum of each header right again, so that changes in a header come further than that. */
function withChecksums(bytes: Buffer): Buffer {
  for (let at = 0; at + BLOCK <= bytes.length; at += BLOCK) {
    const block = bytes.subarray(at, at + BLOCK)
    if (block.toString('latin1', 257, 262) !== 'ustar') continue
    block.fill(0x20, 148, 156)
    const sum = block.reduce((total, byte) => total + byte, 0)
    block.write(`${sum.toString(8).padStart(6, '0')}\0 `, 148, 'latin1')
  }
  return bytes
}

async function nodeTarReads(archive: Uint8Array): Promise<[string, string][]> {
  const entries: [string, string][] = []
  const parser = new Parser({
    onReadEntry: (read) => {
      read.concat().then((data) => entries.push([read.path, data.toString('hex')]))
    },
  })
  const ended = new Promise((resolve, reject) => parser.on('end', resolve).on('error', reject))
  parser.end(Buffer.from(archive))
  await ended
  await new Promise(setImmediate)
  return entries
}

t.test('a manifest changed at random never throws', async () => {
  const files = fc.array(
    fc.tuple(
      fc.constantFrom(
        'kind',
        'egress',
        'permissions',
        'credentials',
        'locales',
        'entry',
        'config',
        'webhook',
        'events',
        'schedules',
        'pricing',
      ),
      fc.jsonValue(),
    ),
    { minLength: 1, maxLength: 3 },
  )
  await fc.assert(
    fc.asyncProperty(files, async (changes) => {
      const report = await check(
        changedPackage({ manifest: (it) => Object.assign(it.annex, Object.fromEntries(changes)) }),
      )
      return report.executions.every(({ outcome }) => outcome !== 'error')
    }),
    { numRuns: 300 },
  )
})

t.test('runs in one file without files, JIT, WebAssembly or code from strings', async (t) => {
  const folder = t.testdir()
  const file = join(folder, 'check.mjs')
  const source = `
    import { checkPackage } from './check-package.ts'
    import { extractCode } from './extract-code.ts'
    const chunks = []
    for await (const chunk of process.stdin) chunks.push(chunk)
    const bytes = Buffer.concat(chunks)
    const report = await checkPackage(bytes)
    const source = report.ok ? extractCode(bytes).source : ''
    process.stdout.write(JSON.stringify({ report, source, wasm: typeof WebAssembly }))`
  const resolveDir = fileURLToPath(new URL('../../../sdk/package', import.meta.url))
  const bundled = await build({
    stdin: { contents: source, resolveDir },
    bundle: true,
    write: false,
    platform: 'node',
    format: 'esm',
    target: 'node26',
  })
  await writeFile(file, bundled.outputFiles[0]?.text ?? '')
  const answer = await run(file, GOOD)
  t.equal(answer.wasm, 'undefined')
  t.strictSame(answer.report, await check(GOOD))
  t.match(answer.source, /^var annexExtension/)
  const refused = await run(file, tgz(entry({ path: 'package/../x' })))
  t.match(refused.report, { ok: false, findings: [{ rule: 'PKG-05' }] })
})

function run(file: string, input: Uint8Array): Promise<{ report: Report; source: string; wasm: string }> {
  const flags = ['--jitless', '--disallow-code-generation-from-strings', '--permission', `--allow-fs-read=${file}`]
  return new Promise((resolve, reject) => {
    // Through env, since tap would have every child load its own files first.
    const child = spawn('env', ['-i', process.execPath, ...flags, file], { stdio: ['pipe', 'pipe', 'pipe'] })
    let output = ''
    let errors = ''
    child.stdout.on('data', (chunk) => (output += chunk))
    child.stderr.on('data', (chunk) => (errors += chunk))
    child.on('error', reject)
    child.on('close', (code) => (code === 0 ? resolve(JSON.parse(output)) : reject(new Error(errors))))
    child.stdin.end(input)
  })
}
