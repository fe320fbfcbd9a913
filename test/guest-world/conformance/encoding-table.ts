import { attempt, bytesOfHex, hexOf, type Table } from './table.ts'

type EncodeCase = readonly [text: unknown, room?: number]

/** `encode`, and `encodeInto` with room for some bytes. */
export const encodeTable: Table<EncodeCase> = {
  answer([text, room]) {
    const encoder = new TextEncoder()
    const target = new Uint8Array(room ?? 4)
    const into = attempt(() => encoder.encodeInto(text as string, target))
    return [hexOf(encoder.encode(text as string)), into, hexOf(target), encoder.encoding]
  },
  usual: [['hello'], ['Été à Orléans', 20], ['日本語', 9], ['😀', 4], ['line\nbreak\ttab', 5], ['']],
  odd: [
    [undefined],
    [null],
    [12.5],
    ['\ud800'],
    ['\udc00\ud800'],
    ['a\ud800b\udfffc', 20],
    ['\ud83d\ude00', 3],
    ['a\ud83d\ude00b', 4],
    ['\ud83d\ude00\ud83d', 7],
    ['é', 1],
    ['ée', 2],
    ['\u0000\u007f\u0080\u07ff\u0800\uffff', 30],
    ['\ufeffx', 10],
    ['abc', 0],
    ['\u{10ffff}', 10],
    ['\ud800x', 2],
    ['x'.repeat(5000), 10],
    ['é'.repeat(3000), 6001],
  ],
}

type DecodeCase = readonly [hex: string | readonly string[], label?: unknown, options?: unknown]

/** A list of chunks is decoded as a stream; each chunk's text counts. */
export const decodeTable: Table<DecodeCase> = {
  answer([hex, label, options]) {
    const decoder = new TextDecoder(label as string, options as ConstructorParameters<typeof TextDecoder>[1])
    const about = [decoder.encoding, decoder.fatal, decoder.ignoreBOM]
    if (typeof hex === 'string') {
      const bytes = bytesOfHex(hex)
      const text = attempt(() => decoder.decode(bytes))
      return [about, text, attempt(() => decoder.decode(new DataView(bytes.buffer))), attempt(() => decoder.decode())]
    }
    const chunks = hex.map((chunk) => attempt(() => decoder.decode(bytesOfHex(chunk), { stream: true })))
    return [about, chunks, attempt(() => decoder.decode()), attempt(() => decoder.decode(bytesOfHex('efbbbf61')))]
  },
  usual: [
    ['68656c6c6f'],
    ['c3a9c3a0'],
    ['e697a5e69cac'],
    ['f09f9880'],
    ['68656c6c6f', 'utf8'],
    ['efbbbf68', 'utf-8'],
    [['6865', '6c6c6f']],
    [['c3', 'a9']],
    [['f0', '9f', '98', '80']],
    ['e9e8', 'latin1'],
    ['e9e8', 'iso-8859-1'],
    ['80', 'windows-1252'],
    ['68006900', 'utf-16le'],
    ['00680069', 'utf-16be'],
    [''],
  ],
  odd: [
    ['c080'],
    ['e08080'],
    ['f0808080'],
    ['f8888080'],
    ['eda080'],
    ['edbfbf'],
    ['f4908080'],
    ['f48fbfbf'],
    ['c3'],
    ['e282'],
    ['f09f98'],
    ['f09f9841'],
    ['e28241'],
    ['80'],
    ['bf80'],
    ['fffe'],
    ['c328'],
    ['e28228a1'],
    ['f0288cbc'],
    ['efbbbfefbbbf61'],
    ['efbbbf', 'utf-8', { ignoreBOM: true }],
    ['efbbbf61', 'utf-8', { ignoreBOM: true, fatal: true }],
    ['efbb', 'utf-8'],
    ['c3', 'utf-8', { fatal: true }],
    ['ff', 'utf-8', { fatal: true }],
    ['eda080', 'utf-8', { fatal: true }],
    ['00', 'utf-8', { fatal: 1 }],
    [['ef', 'bb', 'bf', '61']],
    [['ef', 'bb', 'bf61'], 'utf-8', { ignoreBOM: true }],
    [['', 'efbbbf61']],
    [['61', 'efbbbf62']],
    [['f0', '41']],
    [['f09f', '98', '41']],
    [['e0', '80']],
    [['ed', 'a0', '80']],
    [['f4', '90']],
    [['c3'], 'utf-8', { fatal: true }],
    [['c3', '28'], 'utf-8', { fatal: true }],
    [['61', 'ff', '62'], 'utf-8', { fatal: true }],
    [['fe', 'ff', '00', '61'], 'utf-16be'],
    [['3d', 'd8', '00', 'de'], 'utf-16le'],
    [['3dd8', '4100'], 'utf-16le'],
    ['00d8', 'utf-16le'],
    ['00dc4100', 'utf-16le'],
    ['00d8', 'utf-16le', { fatal: true }],
    ['41', 'utf-16le'],
    ['fffe4100', 'utf-16le'],
    ['fffe4100', 'utf-16le', { ignoreBOM: true }],
    ['8081fe', 'windows-1252'],
    ['a4', 'iso-8859-15'],
    ['c1c2', 'koi8-r'],
    ['82a0', 'shift_jis'],
    ['a4a2', 'euc-jp'],
    ['c4e3', 'gbk'],
    ['61', ' UTF-8\n'],
    ['61', 'UTF8'],
    ['61', 'unicode-1-1-utf-8'],
    ['61', 'utf-7'],
    ['61', ''],
    ['61', null],
    ['61', 'utf-8\u0000'],
    ['61', undefined, null],
    ['61', undefined, 7],
  ],
}

type ArgumentCase = readonly [what: string]

/** What is given to `decode` that is no bytes, or bytes in an odd shape. */
export const decodeArgumentTable: Table<ArgumentCase> = {
  answer([what]) {
    const bytes = bytesOfHex('61c3a962')
    const given: Record<string, unknown> = {
      text: 'abc',
      number: 1,
      null: null,
      list: [97],
      undefined,
      'a part': bytes.subarray(1, 3),
      'two-byte view': new Uint16Array(bytes.buffer),
      'a view': new DataView(bytes.buffer, 1, 2),
      floats: new Float32Array([1]),
      'empty buffer': new ArrayBuffer(0),
    }
    return new TextDecoder().decode(given[what] as Uint8Array)
  },
  usual: [['a part'], ['empty buffer'], ['undefined'], ['a view']],
  odd: [['text'], ['number'], ['null'], ['list'], ['two-byte view'], ['floats']],
}
