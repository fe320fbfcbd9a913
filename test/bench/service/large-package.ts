import { changedPackage, GOOD_ENTRY } from '../../sdk/package/good-package.ts'

const BYTES = 200 * 1024

/** A package of about 200 KB, most of it the bundle: functions with different words, so that it packs as code does. */
export function largePackage(version: string): Uint8Array {
  let [count, bytes] = [1500, packed(version, 1500)]
  while (bytes.byteLength < BYTES) {
    count = Math.ceil((count * BYTES * 1.01) / bytes.byteLength)
    bytes = packed(version, count)
  }
  return bytes
}

function packed(version: string, functions: number): Uint8Array {
  return changedPackage({
    files: { 'dist/extension.js': `${code(functions)}${GOOD_ENTRY}` },
    manifest: (manifest) => {
      manifest.version = version
    },
  })
}

const WORDS = [
  'site',
  'hours',
  'total',
  'rate',
  'worker',
  'invoice',
  'begin',
  'end',
  'place',
  'state',
  'amount',
  'unit',
]

function code(functions: number): string {
  let state = 1
  const next = (below: number) => {
    state = (state * 48271) % 2147483647
    return state % below
  }
  const word = () => WORDS[next(WORDS.length)]
  const name = () => `${word()}_${word()}_${next(1_000_000)}`
  return Array.from({ length: functions }, () => {
    const [a, b, fn] = [name(), name(), name()]
    return `function ${fn}(${a}, ${b}) { return ${a}.${word()} * ${next(9999)} + ${b}.${word()} - ${next(99_999)} }\n`
  }).join('')
}
