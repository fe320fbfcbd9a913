import { attempt, type Table } from './table.ts'

type Operation = readonly [
  method: 'append' | 'set' | 'delete' | 'get' | 'has' | 'getSetCookie' | 'keys',
  ...args: unknown[],
]
type Case = readonly [init: unknown, ...operations: Operation[]]

export const headersTable: Table<Case> = {
  answer([init, ...operations]) {
    const headers = new Headers(init as ConstructorParameters<typeof Headers>[0])
    const done = operations.map(([method, ...args]) => attempt(() => shown((headers[method] as Method)(...args))))
    const visited: unknown[] = []
    headers.forEach((value, name, owner) => void visited.push([value, name, owner === headers]))
    return [done, [...headers], [...headers.values()], visited, headers.getSetCookie(), [...new Headers(headers)]]
  },
  usual: [
    [undefined],
    [{ Accept: 'text/html', 'X-Key': '1' }],
    [
      [
        ['b', '1'],
        ['a', '2'],
      ],
    ],
    [{ A: '1' }, ['append', 'a', '2'], ['get', 'A']],
    [{ A: '1' }, ['set', 'a', '2'], ['has', 'A'], ['has', 'b']],
    [{ A: '1', B: '2' }, ['delete', 'a'], ['get', 'a']],
    [{}, ['append', 'Set-Cookie', 'a=1'], ['append', 'set-cookie', 'b=2'], ['getSetCookie'], ['get', 'set-cookie']],
    [{ 'Content-Type': 'application/json' }, ['get', 'content-type']],
    [{ c: '3', a: '1', b: '2' }, ['keys']],
    [{ 'x-a': ' padded ' }, ['get', 'x-a']],
  ],
  odd: [
    [null],
    ['a: b'],
    [1],
    [true],
    [[]],
    [['ab']],
    [[['a']]],
    [[['a', 'b', 'c']]],
    [[[1, 2]]],
    [
      [
        ['a', '1'],
        ['A', '2'],
        ['a', '3'],
      ],
    ],
    [{ '': '1' }],
    [{ 'a b': '1' }],
    [{ 'a:b': '1' }],
    [{ é: '1' }],
    [{ 'a\n': '1' }],
    [{ 'a\u0000': '1' }],
    [{ "!#$%&'*+-.^_`|~09": '1' }],
    [{ '(x)': '1' }],
    [{ a: 'é\u00ff' }, ['get', 'a']],
    [{ a: '€' }],
    [{ a: '\ud800' }],
    [{ a: 'x\ny' }],
    [{ a: 'x\ry' }],
    [{ a: 'x\u0000y' }],
    [{ a: '\u0001\u007f' }],
    [{ a: '\r\n x \t\r\n' }],
    [{ a: '' }, ['append', 'a', ''], ['append', 'a', 'x']],
    [{ a: ' ' }],
    [{ a: '\u000bx\u000c' }],
    [{ a: '\u00a0x' }],
    [{ a: undefined, b: null, c: 1, d: {} }],
    [{ a: ['1', '2'] }],
    [{}, ['append', 'a']],
    [{}, ['append']],
    [{}, ['set', 'a']],
    [{}, ['get']],
    [{}, ['has']],
    [{}, ['delete']],
    [{}, ['get', 'a b']],
    [{}, ['has', '']],
    [{}, ['delete', 'a b']],
    [{}, ['append', 'a b', '1']],
    [{}, ['append', 'a', '1\n2'], ['set', 'a', '€']],
    [{ cookie: 'a=1' }, ['append', 'Cookie', 'b=2']],
    [{ 'set-cookie': 'a' }, ['set', 'Set-Cookie', 'b'], ['append', 'set-cookie', 'c, d'], ['get', 'Set-Cookie']],
    [{ 'set-cookie': 'a' }, ['delete', 'SET-COOKIE'], ['has', 'set-cookie'], ['getSetCookie']],
    [{ 'set-cookie': 'a', b: '1', z: '2' }, ['append', 'set-cookie', ''], ['keys']],
    [{ Z: '1', _: '2', a: '3', '0': '4', '~': '5' }, ['keys']],
    [{}, ['append', 1, 2], ['append', null, undefined]],
    [{ Host: 'x', 'Content-Length': '5', Connection: 'close' }],
    [new Map([['a', '1']])],
    [new Date(0)],
  ],
}

type Method = (...args: unknown[]) => unknown

function shown(result: unknown): unknown {
  const isWalk = typeof result === 'object' && result !== null && !Array.isArray(result)
  return isWalk ? [...(result as Iterable<unknown>)] : result
}
