import type { HostileCase } from './hostile-case.ts'
import { file, withManifest } from './parts.ts'

/** Devices of Windows, with and without endings, and as they look before they are normalised. */
const DEVICES = [
  ...['nul', 'CON', 'Prn', 'aux', 'com1', 'COM9', 'com0', 'lpt1', 'LPT0', 'conin$', 'CONOUT$', 'clock$'],
  ...['Com1.txt', 'nul.tar.js', 'con.', 'aux/x', 'src/prn/x.js', 'nul .txt', 'com1  .js', 'CON .'],
  ...['com\u00b9', 'lpt\u00b2.txt', 'COM\u00b3.js', '\uff4e\uff55\uff4c', '\u24d2\u24de\u24dd', 'com\u2081'],
]

/** `\u` and the number, so that a title can be read. */
const plain = (name: string) => JSON.stringify(name).replace(/[^ -~]/g, (it) => `\\u${it.charCodeAt(0).toString(16)}`)

const NAMES: readonly (readonly [title: string, name: string, ...also: string[]])[] = [
  ['that ends with a dot', 'x.'],
  ['of a folder that ends with a dot', 'x./y'],
  ['of three dots', '...'],
  ['that ends with a space', 'x /y'],
  ['that begins with a space', ' package.json'],
  ['of one space', ' '],
  ['that ends with a space that does not break', 'x\u00a0'],
  ['that ends with an ideographic space', 'x\u3000'],
  ['that ends with dots and spaces', 'package.json. . .'],
  ['of a stream of NTFS', 'file.js:hidden'],
  ['of the data stream of NTFS', 'package.json::$DATA'],
  ['of the index of a folder in NTFS', 'src:$I30:$INDEX_ALLOCATION'],
  ['that is the short form of another', 'PACKAG~1.JSO'],
  ['that is the short form of a folder', 'GIT~1/config'],
  ['with a line end', 'a\nb'],
  ['with a carriage return', 'a\rb'],
  ['with a tab', 'a\tb'],
  ['with an escape', '\u001b[2Jx'],
  ['with a backspace', 'x\b\b\bpackage.json'],
  ['with a bell', 'x\u0007'],
  ['with the control of another code page', 'x\u009b2J'],
  ['with a delete', 'x\u007f'],
  ['that turns its direction', 'gpj.\u202esj.exe', 'PKG-13'],
  ['that turns its direction back', 'a\u202cb'],
  ['that isolates its direction', 'a\u2066b\u2069'],
  ['with the mark of another direction', 'a\u200fb'],
  ['with an Arabic mark of direction', 'a\u061cb'],
  ['with an invisible character', 'in\u200bdex.js'],
  ['with a joiner', 'in\u200ddex.js'],
  ['with what joins words', 'in\u2060dex.js'],
  ['with a soft hyphen', 'in\u00addex.js'],
  ['with a mark of byte order', 'index\ufeff.js'],
  ['with a variation of a letter', 'index\ufe0f.js'],
  ['with a tag that nobody sees', 'index\u{e0041}.js'],
  ['with a filler of Korean', 'index\u3164.js'],
  ['with a line separator', 'a\u2028b'],
  ['with a paragraph separator', 'a\u2029b'],
  ['with a private character', 'a\ue000b'],
  ['with no character at all', 'a\uffffb'],
  ['with an asterisk', '*'],
  ['with a question mark', 'a?'],
  ['with a quote', 'a"b'],
  ['with a pipe', 'a|sh'],
  ['with a redirection', 'a>b'],
  ['with a tag of HTML', '<img src=x onerror=x>'],
]

/** Names that open a device, lose their end, look like others, or mean something to a terminal, a shell or a page. */
export const NAMES_THAT_LIE: readonly HostileCase[] = [
  ...DEVICES.map((name) => ({
    title: `a device of Windows: ${plain(name)}`,
    bytes: () => withManifest(file(`package/${name}`)),
    rule: 'PKG-09',
  })),
  ...NAMES.map(([title, name, ...also]) => ({
    title: `a name ${title}`,
    bytes: () => withManifest(file(`package/${name}`)),
    rule: 'PKG-09',
    also,
  })),
]
