import * as lodash from 'lodash-es'
import type { Features } from './features.ts'

const chainOf = (list: readonly number[]) => lodash.chain([...list])
interface Chained {
  (list: readonly number[]): ReturnType<typeof chainOf>
  chain: typeof lodash.chain
}
/** The types of the package leave it out; with it come the methods of chains. */
const chained = (lodash as unknown as { default: Chained }).default

const SITES = [
  { id: 3, name: 'Halle', city: 'Lyon', tags: ['a', 'b'] },
  { id: 1, name: 'Atelier', city: 'Paris', tags: ['b'] },
  { id: 2, name: 'Bureau', city: 'Lyon', tags: [] },
]
const pause = (ms: number) => new Promise((resolve) => setTimeout(resolve, ms))

export const features: Features = {
  collections: () => [
    lodash.groupBy(SITES, 'city'),
    lodash.keyBy(SITES, 'id'),
    lodash.countBy(SITES, ({ tags }) => tags.length),
    lodash.partition(SITES, { city: 'Lyon' }),
    lodash.orderBy(SITES, ['city', 'name'], ['desc', 'asc']).map(({ id }) => id),
    lodash.sortBy(SITES, [(site) => -site.id]).map(({ id }) => id),
    lodash.uniqBy(SITES, 'city').length,
    lodash.sumBy(SITES, 'id'),
    lodash.maxBy(SITES, 'id')?.name,
    lodash.flatMap(SITES, 'tags'),
  ],
  lists: () => [
    lodash.chunk([1, 2, 3, 4, 5], 2),
    lodash.zip(['a', 'b'], [1, 2]),
    lodash.difference([1, 2, 3], [2]),
    lodash.intersection([1, 2], [2, 3]),
    lodash.xor([1, 2], [2, 3]),
    lodash.flattenDeep([1, [2, [3, [4]]]]),
    lodash.range(0, 10, 3),
    lodash.sortedUniq([1, 1, 2]),
    lodash.unzip([
      [1, 2],
      [3, 4],
    ]),
  ],
  chains: () =>
    chained
      .chain(SITES)
      .filter(({ id }) => id > 1)
      .map('name')
      .map(lodash.upperFirst)
      .sort()
      .reverse()
      .join('+')
      .value(),
  'lazy chains': () =>
    chained(lodash.range(1000))
      .map((n) => n * 2)
      .filter((n) => n % 3 === 0)
      .take(3)
      .value(),
  objects: () => [
    lodash.merge({ a: { b: 1, c: [1, 2] } }, { a: { d: 2, c: [3] } }),
    lodash.pick({ a: 1, b: 2 }, ['a']),
    lodash.omit({ a: 1, b: { c: 2 } }, ['b.c']),
    lodash.get({ a: [{ b: 7 }] }, 'a[0].b'),
    lodash.set({}, 'x.y[1].z', 5),
    lodash.mapValues({ a: 1, b: 2 }, (n) => n * 10),
    lodash.invert({ a: 'x' }),
    lodash.defaultsDeep({ a: { b: 1 } }, { a: { b: 2, c: 3 } }),
    lodash.toPairs({ a: 1 }),
  ],
  'merge keeps prototypes clean': () => {
    lodash.merge({}, JSON.parse('{"__proto__":{"polluted":1},"constructor":{"prototype":{"polluted":1}}}'))
    return ({} as { polluted?: number }).polluted ?? 'clean'
  },
  clones: () => {
    const original = {
      date: new Date(5),
      map: new Map([[1, { a: 1 }]]),
      set: new Set([1]),
      regex: /x/gi,
      bytes: new Uint8Array([1, 2]),
      nested: { list: [1, [2]] },
    }
    const copy = lodash.cloneDeep(original)
    return [
      lodash.isEqual(copy, original),
      copy.map.get(1) !== original.map.get(1),
      copy.bytes.buffer !== original.bytes.buffer,
      copy.regex.flags,
      copy.date.getTime(),
    ]
  },
  kinds: () => [
    lodash.isPlainObject({}),
    lodash.isPlainObject(new Map()),
    lodash.isFunction(() => 1),
    lodash.isFunction(Function),
    lodash.isNative(Array.prototype.map),
    lodash.isArguments([]),
    lodash.isTypedArray(new Uint8Array()),
    lodash.isMap(new Map()),
    lodash.isError(new TypeError('x')),
    lodash.isBuffer(new Uint8Array()),
    lodash.isElement({}),
    lodash.isWeakMap(new WeakMap()),
  ],
  equality: () => [
    lodash.isEqual(new Map([[1, 2]]), new Map([[1, 2]])),
    lodash.isMatch({ a: 1, b: 2 }, { a: 1 }),
    lodash.isEqualWith([1], ['1'], (a, b) => (typeof a === 'number' ? String(a) === b : undefined)),
  ],
  texts: () => [
    lodash.camelCase('Été à Paris'),
    lodash.kebabCase('fooBar baz'),
    lodash.snakeCase('FooBar'),
    lodash.startCase('foo_bar'),
    lodash.deburr('déjà'),
    lodash.escape('<a & b>'),
    lodash.unescape('&lt;&amp;'),
    lodash.truncate('a long text here', { length: 10 }),
    lodash.pad('x', 5, '-'),
    lodash.words('one, two & three'),
    lodash.capitalize('ÉTÉ'),
    lodash.escapeRegExp('a.b*'),
  ],
  functions: () => [
    lodash.curry((a: number, b: number) => a + b)(1)(2),
    lodash.flow([(n: number) => n + 1, (n: number) => n * 2])(3),
    lodash.partial((a: number, b: number) => a - b, 10)(3),
    lodash.memoize((n: number) => n * 2)(4),
    lodash.once(() => 5)(),
    lodash.negate(lodash.isEmpty)([1]),
    lodash.ary(Number.parseInt, 1)('12'),
  ],
  numbers: () => [
    lodash.round(4.006, 2),
    lodash.clamp(15, 0, 10),
    lodash.inRange(3, 2, 4),
    lodash.mean([1, 2, 3]),
    lodash.random(5, 5),
    lodash.toSafeInteger('3.9'),
  ],
  debounce: async () => {
    const calls: number[] = []
    const late = lodash.debounce((n: number) => calls.push(n), 5)
    late(1)
    late(2)
    late.flush()
    late(3)
    late.cancel()
    late(4)
    while (calls.length < 2) await pause(5)
    return calls
  },
  throttle: () => {
    const calls: number[] = []
    const slow = lodash.throttle((n: number) => calls.push(n), 60_000, { trailing: false })
    for (const n of [1, 2, 3]) slow(n)
    slow.cancel()
    return calls
  },
  delay: () => new Promise((resolve) => lodash.delay((text: string) => resolve(text), 1, 'later')),
  defer: () => new Promise((resolve) => lodash.defer(resolve, 'soon')),
}

/** Makes code from a text, which nothing in an extension may. */
export const templated = (): string => lodash.template('hello <%= name %>')({ name: 'x' })
