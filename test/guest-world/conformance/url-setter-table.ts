import { attempt, type Table } from './table.ts'

const PARTS = [
  ...(['href', 'protocol', 'username', 'password', 'host', 'hostname', 'port', 'pathname', 'search', 'hash'] as const),
]
type Part = (typeof PARTS)[number]
type Case = readonly [href: string, part: Part, value: string]

const HTTPS = 'https://user:pass@example.com:8080/a/b?q=1#top'

export const urlSetterTable: Table<Case> = {
  /** The parameters were looked at before: they follow. */
  answer([href, part, value]) {
    const url = new URL(href)
    const params = url.searchParams
    const thrown = attempt(() => {
      url[part] = value
    })
    return [thrown, url.href, [...params], params === url.searchParams]
  },
  usual: [
    [HTTPS, 'href', 'http://other.example/x?y=z'],
    [HTTPS, 'protocol', 'http'],
    [HTTPS, 'protocol', 'http:'],
    [HTTPS, 'username', 'me'],
    [HTTPS, 'password', 'word'],
    [HTTPS, 'host', 'other.example:99'],
    [HTTPS, 'hostname', 'other.example'],
    [HTTPS, 'port', '9090'],
    [HTTPS, 'port', ''],
    [HTTPS, 'pathname', '/x/y'],
    [HTTPS, 'search', '?a=b'],
    [HTTPS, 'search', 'a=b&c=d'],
    [HTTPS, 'search', ''],
    [HTTPS, 'hash', '#x'],
    [HTTPS, 'hash', ''],
  ],
  odd: [
    [HTTPS, 'href', 'nonsense'],
    [HTTPS, 'href', ''],
    [HTTPS, 'href', 'foo:bar?z=1'],
    [HTTPS, 'protocol', 'foo'],
    [HTTPS, 'protocol', 'file'],
    [HTTPS, 'protocol', 'ht tp'],
    [HTTPS, 'protocol', '1x'],
    [HTTPS, 'protocol', ''],
    [HTTPS, 'protocol', 'ws:rest'],
    ['foo://x/', 'protocol', 'https'],
    ['https://example.com:80/', 'protocol', 'http'],
    ['file:///x', 'protocol', 'http'],
    [HTTPS, 'username', ''],
    [HTTPS, 'username', 'a:b@c/d'],
    [HTTPS, 'username', 'é \ud800'],
    ['file:///x', 'username', 'a'],
    ['mailto:x', 'username', 'a'],
    ['https://example.com/', 'password', '%41:?#'],
    [HTTPS, 'password', ''],
    [HTTPS, 'host', ''],
    [HTTPS, 'host', 'x:'],
    [HTTPS, 'host', 'x:99999'],
    [HTTPS, 'host', 'x:443'],
    [HTTPS, 'host', '[::1]:5'],
    [HTTPS, 'host', '[::1'],
    [HTTPS, 'host', 'a b'],
    [HTTPS, 'host', 'x/y?z'],
    [HTTPS, 'host', 'x\\y'],
    [HTTPS, 'host', 'x@y'],
    ['mailto:x', 'host', 'y'],
    ['foo:///x', 'host', 'h'],
    [HTTPS, 'hostname', ''],
    [HTTPS, 'hostname', 'x:99'],
    [HTTPS, 'hostname', '0x7f.1'],
    [HTTPS, 'hostname', 'ÉCOLE.example'],
    [HTTPS, 'hostname', '256.256.256.256'],
    ['file:///x', 'hostname', 'localhost'],
    ['file:///x', 'hostname', 'h:1'],
    [HTTPS, 'port', '443'],
    [HTTPS, 'port', '80x'],
    [HTTPS, 'port', 'x80'],
    [HTTPS, 'port', '65536'],
    [HTTPS, 'port', ' 90'],
    [HTTPS, 'port', '9\t0'],
    [HTTPS, 'port', '-5'],
    [HTTPS, 'port', '00090'],
    ['file:///x', 'port', '90'],
    [HTTPS, 'pathname', ''],
    [HTTPS, 'pathname', 'x?y#z'],
    [HTTPS, 'pathname', '../../x'],
    [HTTPS, 'pathname', '\\a\\..\\b'],
    [HTTPS, 'pathname', '%2e%2e/é\ud800'],
    ['mailto:x', 'pathname', 'y'],
    ['foo://h/x', 'pathname', ''],
    ['foo:/x', 'pathname', '//y'],
    [HTTPS, 'search', '?'],
    [HTTPS, 'search', '??a'],
    [HTTPS, 'search', "a='b' c#d"],
    [HTTPS, 'search', 'é=\ud800'],
    [HTTPS, 'search', '\t\na\r'],
    ['foo:x  ?a#b', 'search', ''],
    ["foo://h?x'y", 'search', "z'"],
    [HTTPS, 'hash', '#'],
    [HTTPS, 'hash', '##'],
    [HTTPS, 'hash', ' `<>"'],
    [HTTPS, 'hash', '\u0000\n'],
    ['foo:x  #a', 'hash', ''],
    ['javascript:x', 'hash', 'y'],
  ],
}
