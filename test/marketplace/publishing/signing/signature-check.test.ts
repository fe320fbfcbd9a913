import t from 'tap'
import { ed25519 } from '../../../../marketplace/publishing/signing/ed25519.ts'
import {
  packageSignatures,
  signatureId,
  signingKeys,
} from '../../../../marketplace/publishing/signing/signing-collections.ts'
import { statementText } from '../../../../marketplace/publishing/signing/statement.ts'
import { codeOf, digestOf, openSigning } from './open-signing.ts'

const MISSING = 'there is none'
const UNKNOWN = 'its key is not one of the marketplace'
const REVOKED = 'its key was revoked, and the package is not signed anew yet'
const WRONG = 'it is not a signature of this statement'
const OTHER = 'it is of another package, version or organization'

t.test('the signature of a package', async (t) => {
  t.test('vouches for these bytes as this version, and for nothing else', async (t) => {
    const rig = await openSigning(t)
    const code = await rig.release('1.0.0')
    await rig.release('2.0.0')
    t.equal(await rig.faultOf(code), undefined)
    t.equal(await rig.faultOf({ ...code, organizationId: 'org_b' }), undefined, 'a release is for everybody')
    t.equal(await rig.faultOf({ ...code, version: '1.0.1' }), OTHER)
    t.equal(await rig.faultOf({ ...code, extension: '@acme/other' }), OTHER)
    t.equal(await rig.faultOf({ ...code, digest: digestOf('2.0.0') }), OTHER, 'bytes of another version')
    t.equal(await rig.faultOf({ ...code, digest: digestOf('3.0.0') }), MISSING, 'bytes that were never signed')
  })

  t.test('of a draft holds in its own organization only', async (t) => {
    const rig = await openSigning(t)
    const code = await rig.draft('org_a', '1.0.0')
    t.equal(await rig.faultOf(code), undefined)
    t.equal(await rig.faultOf({ ...code, organizationId: 'org_b' }), MISSING)
    const row = await rig.handle(packageSignatures).get(signatureId(code.digest, 'org_a'))
    if (!row) throw new Error('there is no signature')
    await rig.handle(packageSignatures).put({ ...row, _id: signatureId(code.digest, 'org_b') })
    t.equal(await rig.faultOf({ ...code, organizationId: 'org_b' }), OTHER, 'copied to another organization')
    await rig.handle(packageSignatures).put({ ...row, _id: signatureId(code.digest) })
    t.equal(await rig.faultOf({ ...code, organizationId: 'org_b' }), OTHER, 'copied to be a release')
    t.equal(await rig.faultOf(code), undefined)
  })

  t.test('is written once: the same bytes again leave it as it is', async (t) => {
    const rig = await openSigning(t)
    const { digest } = await rig.draft('org_a', '1.0.0')
    const before = await rig.handle(packageSignatures).get(signatureId(digest, 'org_a'))
    rig.clock.move(1_000)
    await rig.keys.rotate('user:usr_operator')
    await rig.draft('org_a', '1.0.0')
    const after = await rig.handle(packageSignatures).get(signatureId(digest, 'org_a'))
    t.same([after?.kid, after?.statement, after?.value], [before?.kid, before?.statement, before?.value])
  })

  t.test('does not survive a change of what is stored', async (t) => {
    const rig = await openSigning(t)
    const code = await rig.release('1.0.0')
    await rig.release('2.0.0')
    const other = await rig.handle(packageSignatures).get(signatureId(digestOf('2.0.0')))
    const _id = signatureId(code.digest)
    const row = await rig.handle(packageSignatures).get(_id)
    if (!row || !other) throw new Error('there is no signature')
    const statement = row.statement.replace('@acme/erp', '@acme/evil')
    const changes: [string, object, string][] = [
      ['as it was', {}, 'undefined'],
      ['another statement', { statement }, WRONG],
      ['a statement that is none', { statement: 'x' }, WRONG],
      ['another white space', { statement: row.statement.replace(',', ', ') }, WRONG],
      ['another value', { value: `${row.value.startsWith('A') ? 'B' : 'A'}${row.value.slice(1)}` }, WRONG],
      ['a value that is none', { value: '' }, WRONG],
      ['the signature of another version', { statement: other.statement, value: other.value }, OTHER],
      ['a key that is none', { kid: 'sgk_none' }, UNKNOWN],
      ['as it was once more', {}, 'undefined'],
    ]
    for (const [what, change, fault] of changes) {
      await rig.handle(packageSignatures).put({ ...row, ...change })
      t.equal(String(await rig.faultOf(code)), fault, what)
    }
    await rig.handle(packageSignatures).delete(_id)
    t.equal(await rig.faultOf(code), MISSING)
  })

  t.test('by a key that somebody wrote into the database proves nothing', async (t) => {
    const rig = await openSigning(t)
    const code = await rig.release('1.0.0')
    const [own] = (await rig.handle(signingKeys).find({})).data
    if (!own?.proof) throw new Error('there is no key')
    const pair = ed25519.newPair()
    const facts = {
      name: '@acme/erp',
      version: '6.6.6',
      digest: digestOf('6.6.6'),
      size: 1,
      manifestDigest: digestOf('m'),
    }
    const forged = codeOf('6.6.6')
    async function forge(kid: string) {
      const statement = statementText(facts, { purpose: 'release' }, { signedAt: rig.clock.iso(), kid })
      const value = ed25519.sign(pair, statement)
      await rig.handle(packageSignatures).put({ _id: signatureId(forged.digest), kid, statement, value, uses: 1 })
    }
    const strange = { state: 'retired', x: pair.x, signatures: 1, createdAt: rig.clock.iso() } as const
    await rig.handle(signingKeys).put({ ...strange, _id: 'sgk_evil' })
    await forge('sgk_evil')
    t.equal(await rig.faultOf(forged), UNKNOWN)
    await rig.handle(signingKeys).put({ ...strange, _id: 'sgk_evil', proof: own.proof })
    t.equal(await rig.faultOf(forged), UNKNOWN, 'with the proof of another key')
    const proof = { ...rig.secretBox.seal(pair.x, 'verification key sgk_evil') }
    await rig.handle(signingKeys).put({ ...strange, _id: 'sgk_evil', proof })
    t.equal(await rig.faultOf(forged), undefined, 'control: only who seals as the service does could')
    t.ok((await rig.keys.published()).some(({ kid }) => kid === 'sgk_evil'))
    await rig.handle(signingKeys).put({ ...own, x: pair.x })
    await forge(own._id)
    t.equal(await rig.faultOf(forged), UNKNOWN, 'in the place of a key of ours')
    t.notOk(
      (await rig.keys.published()).some(({ kid }) => kid === own._id),
      'and it is not served',
    )
    await rig.handle(signingKeys).put(own)
    t.equal(await rig.faultOf(code), undefined)
  })

  t.test('of a revoked key ends with the next load, and cannot be had back', async (t) => {
    const rig = await openSigning(t)
    const code = await rig.release('1.0.0')
    const [key] = (await rig.handle(signingKeys).find({})).data
    const kid = key?._id ?? ''
    t.equal(await rig.faultOf(code), undefined)
    await rig.keys.revoke('user:usr_operator', kid, 'it leaked')
    t.equal(await rig.faultOf(code), REVOKED)
    t.match(await rig.check(code).catch((error: unknown) => error), {
      code: 'PACKAGE_SIGNATURE_INVALID',
      retryable: true,
    })
    await rig.handle(signingKeys).patch(kid, { set: { state: 'retired' } })
    t.equal(await rig.faultOf(code), UNKNOWN, 'written back in the database alone')
  })

  t.test('that does not hold is told once for each package and minute', async (t) => {
    const rig = await openSigning(t)
    const told = async () => (await rig.audit.list('system', { action: 'package.load' })).data
    const [one, two] = [codeOf('1.0.0'), codeOf('2.0.0')]
    for (const code of [one, one, { ...one, organizationId: 'org_b' }, two]) await rig.faultOf(code)
    t.same(
      (await told()).map(({ target }) => target),
      ['@acme/erp@2.0.0', '@acme/erp@1.0.0'],
    )
    rig.clock.move(60_000)
    await rig.faultOf(one)
    t.equal((await told()).length, 3)
    t.match(await told(), [
      {
        outcome: 'refused',
        rule: 'PACKAGE_SIGNATURE_INVALID',
        target: '@acme/erp@1.0.0',
        details: { digest: one.digest, fault: 'missing', organizationId: 'org_a' },
      },
    ])
    t.match(await rig.check(one).catch((error: unknown) => error), { retryable: false })
  })
})
