import { readArchive } from '@annex/package/archive/read-archive'
import { readPackage } from '@annex/package/read-package'
import { fitsArchive, writeArchive } from '@annex/package/write-archive'
import fc from 'fast-check'
import t from 'tap'

/** Any text at all: controls, slashes, halves of characters; and long ones, around what a header holds. */
const wildPath = fc.oneof(
  fc.string({ unit: 'binary', minLength: 1, maxLength: 120 }),
  fc.string({ unit: fc.constantFrom('a', '/', '.', '\u00e9', '\ud83d', '\0', '\\'), minLength: 1, maxLength: 260 }),
  fc
    .tuple(fc.integer({ min: 85, max: 160 }), fc.integer({ min: 85, max: 110 }))
    .map(([a, b]) => `${'d'.repeat(a)}/${'f'.repeat(b)}`),
)
const plainName = fc.string({ unit: fc.constantFrom(...'bdfghjkmqrvz0123456789_'), minLength: 1, maxLength: 30 })
const plainPath = fc.array(plainName, { minLength: 1, maxLength: 4 }).map((names) => `${names.join('/')}.txt`)
/** With a letter in front: by chance, noise may begin as an archive does. */
const texts = fc.string({ unit: 'grapheme', maxLength: 500 }).map((text) => Buffer.from(`x${text}`))
/** Sizes around the blocks of tar, too. */
const contents = fc.oneof(
  fc.uint8Array({ maxLength: 2_000 }),
  fc.constantFrom(0, 1, 511, 512, 513, 1024).map((length) => new Uint8Array(length)),
)

t.test('what is written is read back, whatever it is called', async () => {
  fc.assert(
    fc.property(fc.array(fc.tuple(wildPath, contents), { maxLength: 6 }), (list) => {
      const files = new Map(list.filter(([path]) => fitsArchive(path)))
      const { entries, faults } = readArchive(writeArchive(files))
      const read = entries.map(({ path, type, mode, owned, data }) => [
        path,
        type,
        mode,
        owned,
        Buffer.from(data).toString('hex'),
      ])
      const written = [...files.keys()]
        .sort()
        .map((path) => [`package/${path}`, 'file', 0o644, false, Buffer.from(files.get(path) ?? '').toString('hex')])
      return faults.length === 0 && JSON.stringify(read) === JSON.stringify(written)
    }),
  )
})

t.test('what ustar cannot hold is not written otherwise', async (t) => {
  fc.assert(
    fc.property(wildPath, (path) => {
      fc.pre(!fitsArchive(path))
      try {
        writeArchive(new Map([[path, new Uint8Array()]]))
        return false
      } catch (error) {
        return error instanceof RangeError
      }
    }),
  )
  t.notOk(fitsArchive(`${'a'.repeat(101)}`))
  t.notOk(fitsArchive('half \ud83d'))
})

t.test('files with plain names make a package that no rule about archives refuses', async () => {
  fc.assert(
    fc.property(fc.dictionary(plainPath, texts, { maxKeys: 20 }), (named) => {
      const files = new Map<string, Uint8Array>([...Object.entries(named), ['package.json', Buffer.from('{}')]])
      return readPackage(writeArchive(files)).ok
    }),
  )
})

t.test('the order of the files does not matter, and the bytes are the same', async (t) => {
  fc.assert(
    fc.property(fc.dictionary(plainPath, contents, { minKeys: 2, maxKeys: 10 }), (named) => {
      const files = Object.entries(named)
      return Buffer.from(writeArchive(new Map(files))).equals(writeArchive(new Map([...files].reverse())))
    }),
  )
  const one = writeArchive(new Map([['a', Buffer.from('1')]]))
  t.notOk(Buffer.from(one).equals(writeArchive(new Map([['a', Buffer.from('2')]]))))
})
