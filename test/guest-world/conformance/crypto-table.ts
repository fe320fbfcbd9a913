import { bytesOfHex, hexOf, type Table } from './table.ts'

type DigestCase = readonly [algorithm: unknown, data: string]

/** The data of a case, by its name: what JSON has no form for. */
function dataOf(name: string): unknown {
  const bytes = Uint8Array.from({ length: 300 }, (_none, i) => i % 251)
  const data: Record<string, unknown> = {
    empty: new Uint8Array(),
    hello: new TextEncoder().encode('hello'),
    buffer: bytes.buffer,
    part: bytes.subarray(7, 77),
    'data view': new DataView(bytes.buffer, 3, 100),
    'sixteen bits': new Uint16Array(bytes.buffer, 2, 10),
    floats: new Float64Array([1.5, -0, Number.NaN]),
    'one block less one': bytes.subarray(0, 63),
    'one block': bytes.subarray(0, 64),
    'one block and one': bytes.subarray(0, 65),
    long: new Uint8Array(200_000).fill(97),
    text: 'hello',
    number: 5,
    null: null,
    undefined,
    list: [1, 2],
    object: {},
  }
  return data[name]
}

export const digestTable: Table<DigestCase> = {
  answer: async ([algorithm, data]) =>
    hexOf(await crypto.subtle.digest(algorithm as string, dataOf(data) as ArrayBuffer)),
  usual: [
    ['SHA-256', 'empty'],
    ['SHA-256', 'hello'],
    ['SHA-256', 'buffer'],
    ['SHA-1', 'hello'],
    ['SHA-384', 'hello'],
    ['SHA-512', 'hello'],
    ['SHA-512', 'long'],
    [{ name: 'SHA-256' }, 'part'],
  ],
  odd: [
    ['SHA-1', 'empty'],
    ['SHA-384', 'empty'],
    ['SHA-512', 'empty'],
    ['SHA-256', 'data view'],
    ['SHA-256', 'sixteen bits'],
    ['SHA-256', 'floats'],
    ['SHA-256', 'one block less one'],
    ['SHA-256', 'one block'],
    ['SHA-256', 'one block and one'],
    ['SHA-512', 'one block'],
    ['sha-256', 'hello'],
    ['Sha-512', 'hello'],
    [{ name: 'sha-1', extra: 1 }, 'hello'],
    ['SHA256', 'hello'],
    ['MD5', 'hello'],
    ['', 'hello'],
    ['SHA-224', 'hello'],
    [{}, 'hello'],
    [null, 'hello'],
    [undefined, 'hello'],
    [7, 'hello'],
    ['SHA-256', 'text'],
    ['SHA-256', 'number'],
    ['SHA-256', 'null'],
    ['SHA-256', 'undefined'],
    ['SHA-256', 'list'],
    ['SHA-256', 'object'],
    ['HMAC', 'hello'],
  ],
}

interface HmacCase {
  key: string | object
  algorithm?: unknown
  format?: string
  extractable?: boolean
  usages?: unknown
  data?: string
  sign?: unknown
  /** Instead of the signature that was made. */
  signature?: string
}

const JWK = { kty: 'oct', k: 'AAECAwQFBgcICQoLDA0ODw', alg: 'HS256', key_ops: ['sign', 'verify'], ext: true }

/** Imports, exports in both forms, signs and verifies. */
export const hmacTable: Table<HmacCase> = {
  async answer({ key, format = typeof key === 'string' ? 'raw' : 'jwk', extractable = true, ...more }) {
    const { algorithm = { name: 'HMAC', hash: 'SHA-256' }, usages = ['sign', 'verify'], data = 'hello' } = more
    const given = (typeof key === 'string' ? bytesOfHex(key) : key) as Uint8Array<ArrayBuffer>
    const imported = await crypto.subtle.importKey(
      ...([
        format as 'raw',
        given,
        algorithm as Parameters<typeof crypto.subtle.importKey>[2],
        extractable,
        usages as Parameters<typeof crypto.subtle.importKey>[4],
      ] as const),
    )
    const about = [imported.type, imported.extractable, imported.algorithm, imported.usages]
    const [raw, jwk] = [
      await settled(async () => exported(imported)),
      await settled(() => crypto.subtle.exportKey('jwk', imported)),
    ]
    const name = (more.sign ?? 'HMAC') as string
    const signature = await crypto.subtle.sign(name, imported, dataOf(data) as ArrayBuffer)
    const toCheck = more.signature === undefined ? signature : bytesOfHex(more.signature)
    const verified = await settled(() => crypto.subtle.verify(name, imported, toCheck, dataOf(data) as ArrayBuffer))
    return [about, raw, jwk, hexOf(signature), verified]
  },
  usual: [
    { key: '00010203' },
    { key: '00010203', data: 'empty' },
    { key: '0b'.repeat(20), algorithm: { name: 'HMAC', hash: 'SHA-512' } },
    { key: '0b'.repeat(20), algorithm: { name: 'HMAC', hash: { name: 'SHA-1' } } },
    { key: 'aa'.repeat(64) },
    { key: JWK },
    { key: '00010203', extractable: false },
    { key: '00010203', data: 'long' },
  ],
  odd: [
    { key: '' },
    { key: 'aa'.repeat(65) },
    { key: 'aa'.repeat(200), algorithm: { name: 'HMAC', hash: 'SHA-384' } },
    { key: 'aa', algorithm: 'HMAC' },
    { key: 'aa', algorithm: { name: 'hmac', hash: 'sha-256' } },
    { key: 'aa', algorithm: { name: 'HMAC' } },
    { key: 'aa', algorithm: { name: 'HMAC', hash: 'MD5' } },
    { key: 'aa', algorithm: { name: 'HMAC', hash: 'SHA-256', length: 8 } },
    { key: 'aabb', algorithm: { name: 'HMAC', hash: 'SHA-256', length: 32 } },
    { key: 'aabb', algorithm: { name: 'HMAC', hash: 'SHA-256', length: 8 } },
    { key: 'aabb', algorithm: { name: 'HMAC', hash: 'SHA-256', length: 0 } },
    { key: 'aabb', algorithm: { name: 'HMAC', hash: 'SHA-256', length: -1 } },
    { key: 'aa', algorithm: { name: 'FOO', hash: 'SHA-256' } },
    { key: 'aa', format: 'pkcs8' },
    { key: 'aa', format: 'nonsense' },
    { key: 'aa', usages: [] },
    { key: 'aa', usages: ['encrypt'] },
    { key: 'aa', usages: ['nonsense'] },
    { key: 'aa', usages: ['verify'] },
    { key: 'aa', usages: ['sign'] },
    { key: 'aa', usages: ['verify', 'sign', 'sign'] },
    { key: 'aa', usages: 5 },
    { key: 'aa', sign: 'AES-CBC' },
    { key: 'aa', sign: { name: 'HMAC', hash: 'SHA-1' } },
    { key: 'aa', data: 'text' },
    { key: 'aa', data: 'data view' },
    { key: 'aa', data: 'null' },
    { key: 'aa', signature: '' },
    { key: 'aa', signature: '00'.repeat(32) },
    { key: 'aa', signature: '00'.repeat(31) },
    { key: { ...JWK, kty: 'RSA' } },
    { key: { ...JWK, alg: 'HS512' } },
    { key: { ...JWK, k: undefined } },
    { key: { ...JWK, use: 'enc' } },
    { key: { ...JWK, key_ops: ['sign'] } },
    { key: { ...JWK, ext: false } },
    { key: { ...JWK, ext: false }, extractable: false },
    { key: { kty: 'oct', k: '' } },
    { key: { kty: 'oct', k: '_-_-' } },
    { key: {} },
  ],
}

async function exported(key: CryptoKey): Promise<string> {
  return hexOf((await crypto.subtle.exportKey('raw', key)) as ArrayBuffer)
}

async function settled(work: () => Promise<unknown>): Promise<unknown> {
  try {
    return await work()
  } catch (error) {
    return `throws ${(error as Error).name}`
  }
}
