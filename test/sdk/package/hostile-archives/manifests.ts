import { PACKAGE_LIMITS as LIMITS } from '@annex/package/limits'
import { goodManifest } from '../good-package.ts'
import { entry, tgz } from '../tar-builder.ts'
import type { HostileCase } from './hostile-case.ts'
import { file, noise } from './parts.ts'

const GOOD = JSON.stringify(goodManifest())
const start = GOOD.slice(0, -1)

/** A `package.json` that says one thing to one reader and another to the next, or is too much for any. */
const TEXTS: readonly (readonly [title: string, text: string | Uint8Array])[] = [
  ['that is empty', ''],
  ['with a mark of byte order', `\ufeff${GOOD}`],
  ['in UTF-16', Buffer.from(`\ufeff${GOOD}`, 'utf16le')],
  ['that is not UTF-8', Buffer.concat([Buffer.from(`${start},"x":"`), Buffer.from([0xff]), Buffer.from('"}')])],
  ['with a name twice', `${start},"name":"@other/x"}`],
  ['with a version twice', `${start},"version":"6.6.6"}`],
  ['with a name twice, once by its numbers', `${start},"\\u006eame":"@other/x"}`],
  ['with a field twice, far inside', `${start},"a":{"b":[{"c":1,"c":2}]}}`],
  ['with the prototype for a name', `${start},"__proto__":{"annex":{}}}`],
  ['with a comment', `${start}/* , "x": 1 */}`],
  ['with a comment at the end of a line', `${start} // x\n}`],
  ['with a comma too many', `${start},}`],
  ['with quotes of one stroke', "{'name':'@acme/x'}"],
  ['with a number that is none', `${start},"x":NaN}`],
  ['with half a surrogate', `${start},"x":"\\ud83d"}`],
  ['with a control in a text', `${start},"x":"\u0001"}`],
  ['with a second value', `${GOOD}${GOOD}`],
  ['that is cut off', start],
  ['that is a list', `[${GOOD}]`],
  ['that is null', 'null'],
  ['that is nested without end', '['.repeat(100_000)],
  ['that is nested too deep', `${'{"a":'.repeat(LIMITS.jsonDepth + 1)}1${'}'.repeat(LIMITS.jsonDepth + 1)}`],
  ['that is too large', `${start},"x":"${noise(LIMITS.manifest).toString('hex')}"}`],
  ['of a hundred thousand fields', `{${Array.from({ length: 100_000 }, (_, n) => `"${n}":1`).join(',')}}`],
]

export const MANIFESTS: readonly HostileCase[] = [
  ...TEXTS.map(([title, text]) => ({
    title: `a manifest ${title}`,
    bytes: () => tgz(file('package/package.json', text)),
    rule: 'MAN-01',
  })),
  { title: 'no manifest', bytes: () => tgz(file('package/README.md')), rule: 'MAN-01' },
  { title: 'a manifest further down', bytes: () => tgz(file('package/src/package.json', GOOD)), rule: 'MAN-01' },
  { title: 'a manifest in capitals alone', bytes: () => tgz(file('package/PACKAGE.JSON', GOOD)), rule: 'MAN-01' },
  {
    title: 'a manifest that is a folder',
    bytes: () => tgz(entry({ path: 'package/package.json/', type: '5' })),
    rule: 'MAN-01',
  },
]
