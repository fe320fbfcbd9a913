import type { Table } from './table.ts'

const decode: (text: unknown) => string = (text) => atob(text as string)
const encode: (text: unknown) => string = (text) => btoa(text as string)

export const atobTable: Table<unknown> = {
  answer: decode,
  usual: ['aGVsbG8=', 'aGk=', 'YQ==', 'Zm9vYmFy', '', 'AAEC/w==', 'w6k='],
  odd: [
    ...['aGk', 'YQ', 'YQ=', 'Y', 'YWI=', 'YWI', 'YWJj=', 'YWJj==', '=', '==', '===', '====', 'A===', 'AA=A', '=AAA'],
    ...[' YQ== ', 'Y Q = =', '\tYQ\n==\f', 'YQ\u000b==', 'YQ\u00a0==', 'YQ\u2028==', 'YR==', 'YWJ=', '/+/+', '-_-_'],
    ...['Y%3D', 'YQ==YQ==', 'YQ==\u0000', 'é', '\ud800', '😀', 'a'.repeat(5), 'ab\r\ncd', '   ', 'ab c', 'abc d='],
    ...[undefined, null, 12, 1234, true, {}, [], 1.5, 'null', 'NaN'],
  ],
}

export const btoaTable: Table<unknown> = {
  answer: encode,
  usual: ['hello', 'a', 'ab', 'abc', '', 'é', '\u0000\u0001\u00ff', 'user:password'],
  odd: [
    '€',
    '\u0100',
    '\ud800',
    '😀',
    'a\u0101',
    '\u00ff\u00fe',
    undefined,
    null,
    0,
    false,
    {},
    [1, 2],
    'x'.repeat(10_000),
  ],
}
