import { attempt, type Table } from './table.ts'

type Operation = readonly [
  method: 'append' | 'set' | 'delete' | 'get' | 'getAll' | 'has' | 'sort' | 'keys' | 'values' | 'entries' | 'forEach',
  ...args: unknown[],
]
type Case = readonly [init: unknown, ...operations: Operation[]]

export const searchParamsTable: Table<Case> = {
  answer: ([init, ...operations]) => [onItsOwn(init, operations), inAddress(init, operations)],
  usual: [
    ['a=1&b=2&a=3', ['get', 'a'], ['getAll', 'a'], ['has', 'b'], ['has', 'c']],
    ['?a=1', ['append', 'a', '2'], ['set', 'b', '3'], ['delete', 'a']],
    [{ a: '1', b: '2' }, ['sort']],
    [
      [
        ['b', '1'],
        ['a', '2'],
      ],
      ['sort'],
    ],
    ['', ['append', 'name', 'Jean Dupont & fils']],
    ['q=caf%C3%A9+cr%C3%A8me', ['get', 'q']],
    ['a=1&a=2&b=3', ['set', 'a', '9'], ['keys'], ['values'], ['entries']],
    ['z=1&a=2', ['forEach']],
    ['a=1&a=2', ['has', 'a', '2'], ['delete', 'a', '1']],
    [{ page: 2, size: 50 }],
  ],
  odd: [
    [undefined],
    [null],
    [42],
    [true],
    ['??a=1'],
    ['&&a&&=b&c='],
    ['a=b=c'],
    ['a%zz=%'],
    ['a=%C3%28'],
    ['a=%00%0A'],
    ['a+b=c%2Bd'],
    ['\ud800=\udc00'],
    ['a=\u0000\u007f~!*()\'"<>'],
    ['=&=&='],
    ['é=ü', ['get', 'é']],
    [['ab', 'cd']],
    [[['a']]],
    [[['a', 'b', 'c']]],
    [['abc']],
    [[[1, 2]]],
    [[]],
    [{}],
    [{ a: undefined, b: null }],
    [{ '\ud800': '1', '\ufffd': '2' }],
    ['a=1', ['append', 'a']],
    ['a=1', ['append']],
    ['a=1', ['get']],
    ['a=1', ['set', 'a']],
    ['a=1', ['has', 'a', undefined]],
    ['a=1&a=undefined', ['delete', 'a', undefined]],
    ['a=null', ['has', 'a', null]],
    ['a=1', ['append', undefined, null]],
    ['a=1', ['append', { a: 1 }, [1, 2]]],
    ['\ufffd=1&\ud83d\ude00=2&z=3', ['sort']],
    ['b=1&a=2&b=0&a=1', ['sort']],
    ['a=1', ['set', '\ud800', '\udfff'], ['get', '\ufffd']],
    ['a=1&b=2', ['delete', 'a'], ['delete', 'b']],
    ['a=1#b'],
    ['a;b=1;c'],
    ['a=1', ['sort'], ['forEach', 'no function']],
  ],
}

function onItsOwn(init: unknown, operations: readonly Operation[]): unknown {
  return attempt(() => {
    const params = new URLSearchParams(init as string)
    return [operations.map((operation) => done(params, operation)), params.size, [...params], String(params)]
  })
}

/** The same on the parameters of an address: it follows each change. */
function inAddress(init: unknown, operations: readonly Operation[]): unknown {
  const url = new URL('https://example.com/x#y')
  url.search = typeof init === 'string' ? init : "a=1'&é"
  return [...operations.map((operation) => [done(url.searchParams, operation), url.href]), [...url.searchParams]]
}

function done(params: URLSearchParams, [method, ...args]: Operation): unknown {
  return attempt(() => {
    if (method === 'forEach') return visited(params, args[0])
    const work = params[method] as (...values: unknown[]) => unknown
    const result = work.apply(params, args)
    return typeof result === 'object' && result !== null && !Array.isArray(result)
      ? [...(result as Iterable<unknown>)]
      : result
  })
}

function visited(params: URLSearchParams, given: unknown): unknown {
  const seen: unknown[] = []
  const visit = (value: string, name: string, owner: unknown) => seen.push([value, name, owner === params])
  params.forEach((given ?? visit) as typeof visit)
  return seen
}
