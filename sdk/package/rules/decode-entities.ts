const NAMED: Readonly<Record<string, string>> = {
  amp: '&',
  lt: '<',
  gt: '>',
  quot: '"',
  apos: "'",
  colon: ':',
  tab: '\t',
  newline: '\n',
  lpar: '(',
  rpar: ')',
  sol: '/',
  period: '.',
  num: '#',
  nbsp: '\u00a0',
}

/** Character references of HTML: numbers, and the names that can hide an address. Others stay as they are. */
export function decodeEntities(text: string): string {
  return text.replace(/&(?:#x([0-9a-f]{1,8})|#([0-9]{1,9})|([a-z]{2,10}));?/gi, (written, hex, decimal, name) => {
    if (name !== undefined) return NAMED[String(name).toLowerCase()] ?? written
    const code = hex === undefined ? Number(decimal) : Number.parseInt(hex, 16)
    return code > 0 && code <= 0x10ffff ? String.fromCodePoint(code) : '\ufffd'
  })
}
