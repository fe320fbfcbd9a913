import { checkPackage } from '@annex/package/check-package'
import t from 'tap'
import { createLog } from '../../../runtime/log.ts'
import { createPackageChecker } from '../../../runtime/sandbox/package-checker.ts'
import { changedPackage } from '../../sdk/package/good-package.ts'
import { entry, tgz } from '../../sdk/package/tar-builder.ts'

const options = {}

t.test('the package checker', async (t) => {
  const checker = await createPackageChecker({ log: createLog('silent') })
  t.teardown(() => checker.close())

  t.test('gives the same report as the rules themselves', async (t) => {
    for (const bytes of [changedPackage({}), changedPackage({ files: { LICENSE: undefined } })]) {
      const result = await checker.check(bytes, options)
      const own = await checkPackage(bytes, options)
      t.same(result, { ok: true, value: JSON.parse(JSON.stringify(own)) })
    }
  })

  t.test('refuses a path that leaves the package, by rule id', async (t) => {
    const bytes = tgz(entry({ path: 'package/../../etc/passwd', data: 'x' }))
    const result = await checker.check(bytes, options)
    t.equal(result.ok && result.value.ok, false)
    t.match(result.ok && result.value.findings, [{ rule: 'PKG-05', severity: 'error' }])
  })

  t.test('takes the code out of a package', async (t) => {
    const result = await checker.extract(changedPackage({}))
    t.match(result, { ok: true, value: { source: /^var annexExtension/, manifest: { name: '@acme/site-import' } } })
  })

  t.test('takes out what is needed to try a package', async (t) => {
    const files = {
      'fixtures/one/case.json': JSON.stringify({ handler: 'check', expect: [] }),
      'fixtures/two/case.json': '{',
    }
    t.match(await checker.extractTrial(changedPackage({ files })), {
      ok: true,
      value: {
        code: { source: /^var annexExtension/, manifest: { name: '@acme/site-import' } },
        fixtures: [{ name: 'one', case: { handler: 'check' }, entries: [] }],
        faults: [{ file: 'fixtures/two/case.json' }],
      },
    })
    t.match(await checker.extractTrial(Buffer.from('no archive')), { ok: false, code: 'CHECK_FAILED' })
  })

  t.test('says what it could not read', async (t) => {
    t.match(await checker.extract(Buffer.from('no archive')), { ok: false, code: 'CHECK_FAILED' })
  })

  t.test('gives a verdict per value', async (t) => {
    const schema = {
      type: 'object',
      required: ['a'],
      properties: { a: { type: 'integer' } },
      additionalProperties: false,
    }
    const verdicts = await checker.validateMany(schema, [{ a: 1 }, {}, { a: 'x' }, { a: 1, b: 2 }])
    t.same(
      verdicts.map((verdict) => (verdict.ok ? 'fits' : verdict.errors[0]?.path)),
      ['fits', '', '/a', ''],
    )
  })

  t.test('rejects what is no schema', async (t) => {
    await t.rejects(checker.validate({ type: 'nonsense' }, 1), { code: 'CHECK_FAILED' })
  })

  t.test('ends a pattern that would run for hours, and goes on', async (t) => {
    const schema = { type: 'string', pattern: '^(a+)+$' }
    await t.rejects(checker.validate(schema, `${'a'.repeat(50)}b`), { code: 'CHECK_TIMEOUT' })
    t.same(await checker.validate({ type: 'string' }, 'x'), { ok: true })
  })

  t.test('serves schemas in turn: many of one hold up no other', async (t) => {
    const done: string[] = []
    const check = async (name: string) => {
      await checker.validate({ title: name }, 1)
      done.push(name)
    }
    await Promise.all([...Array.from({ length: 20 }, () => check('many')), check('one')])
    t.ok(done.indexOf('one') < 3, `after ${done.indexOf('one')} of them`)
  })

  t.test('answers many at once, each its own', async (t) => {
    const verdicts = await Promise.all(
      Array.from({ length: 50 }, (_, i) => checker.validate({ type: 'integer', minimum: 25 }, i)),
    )
    t.equal(verdicts.filter(({ ok }) => ok).length, 25)
  })
})
