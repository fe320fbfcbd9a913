import { goodManifest } from '../good-package.ts'
import { entry, tgz } from '../tar-builder.ts'
import type { HostileCase } from './hostile-case.ts'
import { file, manifest, withManifest } from './parts.ts'

const folder = (path: string) => entry({ path: `${path}/`, type: '5' })
const other = JSON.stringify({ ...goodManifest(), version: '6.6.6' })

/** Two paths that are one on some system. */
const SAME: readonly (readonly [title: string, first: string, second: string, ...also: string[]])[] = [
  ['a path twice', 'package/a.js', 'package/a.js'],
  ['a path in another case', 'package/a.js', 'package/A.js'],
  ['a path composed and decomposed', 'package/\u00e9.js', 'package/e\u0301.js'],
  ['two accents in another order', 'package/a\u0323\u0307', 'package/a\u0307\u0323'],
  ['a Korean syllable and its letters', 'package/\uac00', 'package/\u1100\u1161'],
  ['a ligature', 'package/\ufb01le.js', 'package/file.js'],
  ['a ligature of three letters', 'package/a\ufb03x.js', 'package/affix.js'],
  ['a ligature of st', 'package/la\ufb06.js', 'package/last.js'],
  ['a sharp s', 'package/stra\u00dfe.js', 'package/strasse.js'],
  ['a sharp s in capitals', 'package/STRA\u1e9eE.js', 'package/STRASSE.js'],
  ['a long s', 'package/\u017fcript.js', 'package/script.js'],
  ['a kelvin sign', 'package/\u212a.js', 'package/k.js'],
  ['an angstrom sign', 'package/\u212b.js', 'package/\u00e5.js'],
  ['a dotless i', 'package/\u0131ndex.js', 'package/index.js'],
  ['a capital i with a dot', 'package/\u0130ndex.js', 'package/index.js'],
  ['letters of full width', 'package/\uff49ndex.js', 'package/index.js'],
  ['letters of mathematics', 'package/\ud835\udc22ndex.js', 'package/index.js'],
  ['a superscript digit', 'package/v\u00b2.js', 'package/v2.js'],
  ['a final sigma', 'package/\u03c3\u03c2.js', 'package/\u03c3\u03c3.js'],
  ['the double letters of Croatia', 'package/\u01c6.js', 'package/d\u017e.js'],
  ['a Cherokee letter in another case', 'package/\u13a0.js', 'package/\uab70.js'],
  ['a Deseret letter in another case', 'package/\ud801\udc00.js', 'package/\ud801\udc28.js'],
]

const LISTS: readonly (readonly [title: string, rule: string, ...entries: Buffer[]])[] = [
  ['a file and a folder of one name', 'PKG-07', file('package/a'), folder('package/a')],
  ['a folder and a file of one name', 'PKG-07', folder('package/a'), file('package/a')],
  ['a folder twice', 'PKG-07', folder('package/a'), folder('package/a')],
  ['a folder in another case', 'PKG-07', file('package/Src/a.js'), file('package/src/b.js')],
  ['a folder composed and decomposed', 'PKG-07', file('package/\u00e9/a'), file('package/e\u0301/b')],
  ['a folder entry in another case', 'PKG-07', folder('package/SRC'), file('package/src/a.js')],
  ['an empty file over a path', 'PKG-07', file('package/a', 'text'), file('package/a', '')],
  ['a path three times', 'PKG-07', file('package/a', '1'), file('package/a', '2'), file('package/a', '3')],
  ['a manifest twice', 'PKG-07', file('package/package.json', other)],
  ['a manifest in capitals', 'PKG-07', file('package/PACKAGE.JSON', other)],
  ['a manifest with a long s', 'PKG-07', file('package/package.j\u017fon', other)],
  ['a manifest of full width', 'PKG-07', file('package/package\uff0ejson', other)],
  ['a file that is a folder', 'PKG-08', file('package/a'), file('package/a/b')],
  ['a folder that becomes a file later', 'PKG-08', file('package/a/b/c'), file('package/A')],
  ['a file that is a folder further up', 'PKG-08', file('package/a'), file('package/a/b/c/d')],
  ['a file that is a folder in another spelling', 'PKG-08', file('package/\ufb01'), file('package/fi/x')],
  ['a folder below a file', 'PKG-08', file('package/a'), folder('package/a/b')],
  ['a manifest that is a folder too', 'PKG-08', file('package/package.json/x')],
]

/** What one tool takes for one file and another for two. */
export const COLLISIONS: readonly HostileCase[] = [
  ...SAME.map(([title, first, second]) => ({
    title,
    bytes: () => withManifest(file(first, 'shown'), file(second, 'run')),
    rule: 'PKG-07',
  })),
  ...LISTS.map(([title, rule, ...entries]) => ({ title, bytes: () => withManifest(...entries), rule })),
  {
    title: 'a false manifest before the true one',
    bytes: () => tgz(file('package/package.json', other), manifest),
    rule: 'PKG-07',
  },
]
