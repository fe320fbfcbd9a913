import t from 'tap'
import { type Present, resolveDependencies } from '../../../marketplace/publishing/dependencies.ts'
import { extensions, publishingCollections, versions } from '../../../marketplace/publishing/publishing-collections.ts'
import type { Store } from '../../../runtime/storage/port.ts'
import { openTestStore } from '../../runtime/storage/open-test-store.ts'
import { putVersions } from './version-documents.ts'

type World = Record<string, Record<string, Record<string, string>>>

/** `{ a: { '1.0.0': { b: '^1.0.0' } } }`: every name is of `@acme`. */
async function open(t: Parameters<typeof openTestStore>[0], world: World): Promise<Store> {
  const store = await openTestStore(t, publishingCollections)
  for (const [name, made] of Object.entries(world)) {
    const all = Object.entries(made).map(([version, needs]) => [version, { dependencies: full(needs) }])
    await putVersions(store, { [`@acme/${name}`]: Object.fromEntries(all) })
  }
  return store
}

function full(needs: Record<string, string>): Record<string, string> {
  return Object.fromEntries(Object.entries(needs).map(([name, range]) => [`@acme/${name}`, range]))
}

async function resolve(store: Store, needs: Record<string, string>, present?: Present) {
  const dependencies = Object.entries(needs)
    .map(([name, range]) => ({ name: name.includes('/') ? name : `@acme/${name}`, range }))
    .toSorted((a, b) => (a.name < b.name ? -1 : 1))
  const root = { name: '@acme/root', dependencies, audience: 'everybody' } as const
  return resolveDependencies(store.asSystem('a test asks'), root, present)
}

async function locked(store: Store, needs: Record<string, string>, present?: Present): Promise<string[]> {
  const resolved = await resolve(store, needs, present)
  if (!resolved.ok) throw new Error(JSON.stringify(resolved.problems))
  return resolved.lock.map(({ name, version }) => `${name.slice('@acme/'.length)}@${version}`)
}

async function problems(store: Store, needs: Record<string, string>, present?: Present): Promise<string[]> {
  const resolved = await resolve(store, needs, present)
  if (resolved.ok) throw new Error(`resolved: ${JSON.stringify(resolved.lock)}`)
  return resolved.problems.map(({ code, message }) => `${code}: ${message.replaceAll('@acme/', '')}`)
}

t.test('takes the highest version of each that its range leaves, what is needed first', async (t) => {
  const store = await open(t, {
    a: { '1.0.0': {}, '1.9.0': { c: '^1.0.0' }, '2.0.0': {} },
    b: { '1.0.0': { a: '^1.0.0' } },
    c: { '1.0.0': {}, '1.1.0-beta.1': {} },
  })
  t.same(await locked(store, {}), [])
  t.same(await locked(store, { b: '*' }), ['c@1.0.0', 'a@1.9.0', 'b@1.0.0'])
  t.same(await locked(store, { a: '2' }), ['a@2.0.0'])
  const resolved = await resolve(store, { b: '*' })
  t.match(resolved, {
    lock: [
      { name: '@acme/c', digest: 'digest of @acme/c@1.0.0', demands: [{ by: '@acme/a', range: '^1.0.0' }] },
      { demands: [{ by: '@acme/b', range: '^1.0.0' }] },
      { demands: [{ by: '@acme/root', range: '*' }] },
    ],
  })
})

t.test('one version of each fits all demands on it at once', async (t) => {
  const store = await open(t, {
    a: { '1.0.0': { c: '>=1.0.0' } },
    b: { '1.0.0': { c: '<1.5.0' } },
    c: { '1.0.0': {}, '1.4.0': {}, '1.5.0': {}, '2.0.0': {} },
  })
  t.same(await locked(store, { a: '*' }), ['c@2.0.0', 'a@1.0.0'])
  t.same(await locked(store, { a: '*', b: '*' }), ['c@1.4.0', 'a@1.0.0', 'b@1.0.0'])
  t.same(await problems(store, { b: '*', c: '^2.0.0' }), [
    'conflict: no version of c fits all that need it: b needs <1.5.0, root needs ^2.0.0',
  ])
})

t.test('a demand of a version that is not chosen after all does not count', async (t) => {
  const store = await open(t, {
    a: { '1.0.0': {}, '2.0.0': { d: '^1.0.0' } },
    b: { '1.0.0': { a: '^1.0.0' } },
    d: { '1.0.0': {}, '2.0.0': {} },
  })
  t.same(await locked(store, { a: '*', d: '*' }), ['d@1.0.0', 'a@2.0.0'])
  t.same(await locked(store, { a: '*', b: '*', d: '*' }), ['a@1.0.0', 'b@1.0.0', 'd@2.0.0'])
})

t.test('says what cannot be had, and how one gets there', async (t) => {
  const store = await open(t, {
    a: { '1.0.0': { gone: '*' } },
    b: { '1.0.0': { c: '^2.0.0' } },
    c: { '1.0.0': {} },
    hidden: { '1.0.0': {} },
  })
  const system = store.asSystem('a test writes')
  t.same(await problems(store, { a: '*' }), ['missing: there is no extension gone in the catalog'])
  t.match(await resolve(store, { a: '*' }), { problems: [{ path: ['@acme/root', '@acme/a', '@acme/gone'] }] })
  t.same(await problems(store, { b: '*' }), ['no-version: no version of c that can be had is in ^2.0.0 (b)'])
  for (const state of ['yanked', 'removed', 'in_review', 'rejected', 'withdrawn']) {
    await system(versions).patch('@acme/c@1.0.0', { set: { state } })
    t.same(await problems(store, { c: '*' }), ['no-version: no version of c that can be had is in * (root)'], state)
  }
  await system(versions).patch('@acme/c@1.0.0', { set: { state: 'deprecated' } })
  t.same(await locked(store, { c: '*' }), ['c@1.0.0'])
  for (const status of ['suspended', 'removed']) {
    await system(extensions).patch('@acme/hidden', { set: { status } })
    t.same(await problems(store, { hidden: '*' }), [`unavailable: hidden is ${status}`])
  }
})

t.test('takes only what all can have for whom it is', async (t) => {
  const store = await open(t, { a: { '1.0.0': { b: '*' } }, b: { '1.0.0': {}, '1.1.0': {} } })
  const system = store.asSystem('a test writes')
  const organizations = ['org_a', 'org_b']
  await system(extensions).patch('@acme/b', { set: { visibility: { kind: 'organization', organizations } } })
  const needs = [{ name: '@acme/a', range: '*' }]
  const ask = (audience: 'everybody' | string[]) =>
    resolveDependencies(system, { name: '@acme/root', dependencies: needs, audience })
  t.match(await ask('everybody'), { ok: false, problems: [{ code: 'missing', name: '@acme/b' }] })
  t.match(await ask(['org_a', 'org_c']), { ok: false })
  t.match(await ask(['org_b', 'org_a']), { lock: [{ version: '1.1.0' }, {}] })
  await system(extensions).patch('@acme/b', { set: { visibility: { kind: 'unlisted' } } })
  await system(versions).patch('@acme/b@1.1.0', { set: { unreviewed: true } })
  t.match(await ask('everybody'), { lock: [{ version: '1.0.0' }, {}] }, 'not the one that nobody looked at')
})

t.test('finds circles of every length', async (t) => {
  const store = await open(t, {
    a: { '1.0.0': { b: '*' } },
    b: { '1.0.0': { c: '*' } },
    c: { '1.0.0': { a: '*' } },
    own: { '1.0.0': { own: '*' } },
    back: { '1.0.0': { root: '*' } },
  })
  t.same(await problems(store, { root: '*' }), ['self: root needs itself'])
  t.same(await problems(store, { back: '*' }), ['cycle: root → back → root is a circle'])
  t.same(await problems(store, { own: '*' }), ['cycle: root → own → own is a circle'])
  t.same(await problems(store, { a: '*' }), ['cycle: root → a → b → c → a is a circle'])
})

t.test('bounds how far and how wide it goes', async (t) => {
  const row = (length: number, name: string): World =>
    Object.fromEntries(
      Array.from({ length }, (_, at) => [
        `${name}${at + 1}`,
        { '1.0.0': at + 1 < length ? { [`${name}${at + 2}`]: '*' } : {} },
      ]),
    )
  const wide = Object.fromEntries(Array.from({ length: 65 }, (_, at) => [`w${at}`, { '1.0.0': {} }]))
  const store = await open(t, { ...row(9, 'r'), ...wide, short: { '1.0.0': { r3: '*' } } })
  t.equal((await locked(store, { r2: '*' })).length, 8)
  t.match(await problems(store, { r1: '*' }), [/^too-deep: root → r1 → .*r9: more than 8/])
  t.match(await problems(store, { r1: '*', r5: '*' }), [/^too-deep/], 'by the longest way, not by the first')
  const needs = Object.fromEntries(Object.keys(wide).map((name) => [name, '*']))
  t.match(await problems(store, needs), [/^too-many/])
  const { w64, ...most } = needs
  t.equal(w64, '*')
  t.equal((await locked(store, most)).length, 64)
})

t.test('takes semver ranges and names of extensions only', async (t) => {
  const store = await open(t, { a: { '1.0.0': {} } })
  const not = ['latest', 'workspace:*', 'npm:@acme/a@1', 'https://acme.example/a.tgz', 'file:../a', 'git+ssh://a', '^']
  for (const range of not) t.match(await problems(store, { a: range }), [/^range: /], range)
  for (const name of ['a/', 'lodash/x', '@acme', '@acme/a/b', '@acme/../a', '@ACME/a', '__proto__/a'])
    t.match(await problems(store, { [name]: '*' }), [/^name: /], name)
})

t.test('what is there stays if it fits, and its own demands count', async (t) => {
  const store = await open(t, {
    a: { '1.0.0': { c: '>=1.0.0' }, '1.1.0': { c: '>=1.0.0' } },
    c: { '1.0.0': {}, '1.5.0': {}, '2.0.0': {} },
  })
  const c = { version: '1.0.0', digest: 'own', demands: [{ by: '@acme/other', range: '^1.0.0' }] }
  t.same(await locked(store, { a: '*' }, new Map([['@acme/c', c]])), ['c@1.0.0', 'a@1.1.0'])
  t.match(await resolve(store, { a: '*' }, new Map([['@acme/c', c]])), { lock: [{ digest: 'own' }, {}] })
  t.same(await locked(store, { c: '>=1.5.0' }, new Map([['@acme/c', c]])), ['c@1.5.0'])
  t.same(await problems(store, { c: '^2.0.0' }, new Map([['@acme/c', c]])), [
    'conflict: no version of c fits all that need it: other needs ^1.0.0, root needs ^2.0.0',
  ])
})

t.test('gives the same answer to the same question', async (t) => {
  const world: World = {}
  for (let at = 0; at < 12; at++)
    world[`n${at}`] = {
      '1.0.0': {},
      '1.1.0': { [`n${(at * 5 + 1) % 12}`]: '^1.0.0' },
      '2.0.0': at < 6 ? { [`n${at + 6}`]: '*' } : {},
    }
  const store = await open(t, world)
  const ask = () => resolve(store, { n0: '*', n3: '^1.0.0', n4: '<2.0.0', n5: '*' })
  t.same(await ask(), await ask())
})
