import { gzipSync } from 'node:zlib'
import { PACKAGE_LIMITS } from '@annex/package/limits'
import t from 'tap'
import { changedPackage } from '../../sdk/package/good-package.ts'
import { BLOCK, entry, pax, tar, tgz } from '../../sdk/package/tar-builder.ts'
import { type Idea, runIdeas } from '../egress/run-ideas.ts'
import { readCarelessly } from './careless-reader.ts'
import { CHECK_OPTIONS, hold, openPackageChecker, refusedBy } from './hold-checker.ts'

const MB = 1024 * 1024
const checker = await openPackageChecker(t)
const zeros = gzipSync(Buffer.alloc(256 * MB), { level: 9 })

/** An archive that is more than it looks, and the rule that tells so. */
function bomb(title: string, rule: RegExp, bytes: Uint8Array): Idea {
  return {
    title,
    control: () => readCarelessly(bytes),
    async attack(t) {
      await hold(t, checker, async () => {
        t.match(refusedBy(await checker.check(bytes, CHECK_OPTIONS)), rule)
        t.match(await checker.extract(bytes), { ok: false }, 'no code is taken from it either')
      })
    },
  }
}

function many(count: number, make: (index: number) => Buffer): Buffer {
  return gzipSync(tar(...Array.from({ length: count }, (_, index) => make(index))))
}

/** A good gzip file whose trailer lies about the length of what is in it. */
function lyingTrailer(): Buffer {
  const bytes = Buffer.from(zeros)
  bytes.writeUInt32LE(1_024, bytes.length - 4)
  return bytes
}

const nearlyAll = [PACKAGE_LIMITS.file - BLOCK, 9 * MB].map((size, index) =>
  entry({ path: `package/${index}`, data: Buffer.alloc(size) }),
)

runIdeas('bombs', [
  bomb('zeros without end', /^PKG-03$/, zeros),
  bomb('zeros to just below the size, by their ratio', /^PKG-03$/, tgz(...nearlyAll)),
  bomb(
    'a bomb in a package',
    /^PKG-12$/,
    tgz(entry({ path: 'package/data.bin', data: zeros }), entry({ path: 'package/n' })),
  ),
  bomb('a member behind a good package', /^PKG-01$/, Buffer.concat([changedPackage({}), zeros])),
  bomb('a trailer that claims little', /^PKG-03$/, lyingTrailer()),
  bomb(
    'empty files without end',
    /^PKG-0[34]$/,
    many(20_000, (index) => entry({ path: `package/${index}` })),
  ),
  bomb(
    'empty files, a few too many',
    /^PKG-04$/,
    many(2_001, (index) => entry({ path: `package/${index}`, data: String(index) })),
  ),
  bomb(
    'folders without end',
    /^PKG-0[34]$/,
    many(20_000, (index) => entry({ path: `package/${index}/`, type: '5' })),
  ),
  bomb(
    'extension headers without a file',
    /^PKG-10$/,
    many(10_000, (index) => pax({ comment: `${index}` })),
  ),
  bomb('a file that claims eight gigabytes', /^PKG-/, tgz(entry({ size: '77777777777\0', data: 'x' }))),
  bomb(
    'a file of holes',
    /^PKG-/,
    tgz(entry({ type: 'S', path: 'package/holes', patch: [[483, '77777777777\0']], data: Buffer.alloc(BLOCK) })),
  ),
  bomb(
    'holes told in an extension header',
    /^PKG-10$/,
    tgz(
      pax({ 'GNU.sparse.major': '1', 'GNU.sparse.minor': '0', 'GNU.sparse.realsize': '1099511627776' }),
      entry({ path: 'package/holes', data: '1\n0\n1\n' }),
    ),
  ),
  bomb('a size told twice', /^PKG-10$/, tgz(pax({ size: '99999999999' }), entry({ path: 'package/a', data: 'x' }))),
  bomb('a path of forty folders', /^PKG-/, tgz(entry({ path: `package/${'a/'.repeat(40)}x`, data: 'x' }))),
])
