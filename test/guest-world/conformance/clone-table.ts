import { attempt, type Table } from './table.ts'

/** Values that JSON has no form for, by name, and what is to be seen of their copies. */
const VALUES: Record<string, () => unknown> = {
  text: () => 'x',
  number: () => -0,
  'not a number': () => Number.NaN,
  bigint: () => 10n ** 30n,
  undefined: () => undefined,
  null: () => null,
  'plain object': () => ({ a: 1, b: { c: [1, 2, 3] } }),
  'sparse list': () => Object.assign(new Array(3), { 0: 1, 2: 3 }),
  'list with names': () => Object.assign([1, 2], { extra: true }),
  date: () => new Date(86_400_000),
  'invalid date': () => new Date(Number.NaN),
  expression: () => Object.assign(/a+/giu, { lastIndex: 3 }),
  map: () => new Map<unknown, unknown>([[{ a: 1 }, new Set([1, 'b'])]]),
  set: () => new Set([1, [2]]),
  error: () => new RangeError('too far', { cause: { why: 1 } }),
  'error of a class': () => new (class Mine extends TypeError {})('mine'),
  'error by a name': () => Object.assign(new Error('x'), { name: 'SyntaxError', extra: 1 }),
  'aggregate error': () => new AggregateError([1], 'all'),
  bytes: () => new Uint8Array([1, 2, 3]).subarray(1),
  'big integers': () => new BigInt64Array([1n, -1n]),
  'half floats': () => new Float64Array([1.5, Number.NaN]),
  buffer: () => new Uint8Array([9, 8]).buffer,
  view: () => new DataView(new Uint8Array([1, 2, 3, 4]).buffer, 1, 2),
  'boxed text': () => Object('boxed'),
  'boxed number': () => Object(5),
  'boxed boolean': () => Object(false),
  'boxed bigint': () => Object(7n),
  instance: () =>
    new (class Point {
      x = 1
      #hidden = 2
      get sum() {
        return this.x + this.#hidden
      }
    })(),
  getter: () => ({
    get a() {
      return 'seen'
    },
  }),
  'not enumerable': () => Object.defineProperty({ a: 1 }, 'b', { value: 2, enumerable: false }),
  'symbol as a name': () => ({ [Symbol('s')]: 1, a: 2 }),
  'without prototype': () => Object.assign(Object.create(null), { a: 1 }),
  inherited: () => Object.create({ a: 1 }),
  '__proto__ as a name': () => JSON.parse('{"__proto__":{"a":1}}'),
  'named as a map': () => ({ [Symbol.toStringTag]: 'Map', a: 1 }),
  arguments: () => ((..._given: unknown[]) => Object.assign({}, _given))(1, 2),
  function: () => () => 1,
  symbol: () => Symbol('x'),
  'function inside': () => ({ a: () => 1 }),
  'symbol inside': () => [Symbol('x')],
  promise: () => Promise.resolve(1),
  'weak map': () => new WeakMap(),
  'weak reference': () => new WeakRef({}),
  'boxed symbol': () => Object(Symbol('x')),
  'throwing getter': () => ({
    get a() {
      throw new RangeError('no')
    },
  }),
}

export const cloneTable: Table<string> = {
  answer: (name) => described(structuredClone(VALUES[name]?.())),
  usual: ['text', 'number', 'null', 'plain object', 'date', 'map', 'set', 'bytes', 'buffer', 'expression'],
  odd: Object.keys(VALUES).filter(
    (name) =>
      !['text', 'number', 'null', 'plain object', 'date', 'map', 'set', 'bytes', 'buffer', 'expression'].includes(name),
  ),
}

/** Type, members and prototype of a value. */
function described(value: unknown): unknown {
  if (typeof value === 'bigint') return `${value}n`
  if (typeof value !== 'object' || value === null) return Object.is(value, -0) ? '-0' : String(value)
  const kind = [Object.prototype.toString.call(value), value.constructor?.name]
  if (value instanceof Date) return [kind, attempt(() => value.getTime())]
  if (value instanceof RegExp) return [kind, String(value), value.lastIndex]
  if (value instanceof Map || value instanceof Set)
    return [kind, [...value].map((item) => (Array.isArray(item) ? item.map(described) : item))]
  if (value instanceof Error)
    return [kind, value.name, value.message, described(value.cause), Object.keys(value), 'cause' in value]
  if (value instanceof ArrayBuffer) return [kind, [...new Uint8Array(value)]]
  if (ArrayBuffer.isView(value)) return [kind, value.byteOffset, value.byteLength, described(value.buffer)]
  const boxed: unknown = value.valueOf()
  if (boxed !== value) return [kind, described(boxed)]
  const members = Reflect.ownKeys(value).map((key) => [
    String(key),
    described((value as Record<PropertyKey, unknown>)[key]),
  ])
  return [kind, members, Array.isArray(value) ? value.length : -1]
}

interface ShapeCase {
  what: string
  make(): unknown
}

const SHAPES: ShapeCase[] = [
  {
    what: 'a cycle stays one',
    make() {
      const value: Record<string, unknown> = { list: [] }
      value.self = value
      ;(value.list as unknown[]).push(value)
      const copy = structuredClone(value)
      return [copy !== value, copy.self === copy, (copy.list as unknown[])[0] === copy]
    },
  },
  {
    what: 'one value in two places is one',
    make() {
      const shared = { a: 1 }
      const copy = structuredClone([shared, shared, new Map([[shared, shared]])])
      const map = copy[2] as Map<unknown, unknown>
      return [copy[0] === copy[1], map.get(copy[0]) === copy[0], copy[0] !== shared]
    },
  },
  {
    what: 'two views of one buffer',
    make() {
      const { buffer } = new Uint8Array([1, 2, 3, 4])
      const [a, b] = structuredClone([new Uint8Array(buffer, 1), new Uint16Array(buffer)])
      return [a?.buffer === b?.buffer, a?.byteOffset, buffer.byteLength]
    },
  },
  {
    what: 'a buffer that is transferred',
    make() {
      const { buffer } = new Uint8Array([1, 2, 3])
      const view = new Uint8Array(buffer, 1)
      const copy = structuredClone({ buffer, view }, { transfer: [buffer] })
      return [buffer.byteLength, view.length, [...copy.view], copy.view.buffer === copy.buffer]
    },
  },
  {
    what: 'a transfer of what is no buffer',
    make: () => structuredClone(1, { transfer: [{}] as unknown as ArrayBuffer[] }),
  },
  {
    what: 'a transfer of one buffer twice',
    make() {
      const buffer = new ArrayBuffer(1)
      return structuredClone(1, { transfer: [buffer, buffer] })
    },
  },
  {
    what: 'a refusal transfers nothing',
    make() {
      const buffer = new ArrayBuffer(3)
      const thrown = attempt(() => structuredClone({ buffer, f() {} }, { transfer: [buffer] }))
      return [thrown, buffer.byteLength]
    },
  },
  { what: 'nothing at all', make: () => (structuredClone as unknown as () => unknown)() },
  { what: 'options that are none', make: () => structuredClone(1, 5 as never) },
]

export const cloneShapeTable: Table<string> = {
  answer: (what) => SHAPES.find((shape) => shape.what === what)?.make(),
  usual: SHAPES.slice(0, 4).map(({ what }) => what),
  odd: SHAPES.slice(4).map(({ what }) => what),
}
