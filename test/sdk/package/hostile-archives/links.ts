import { entry } from '../tar-builder.ts'
import type { HostileCase } from './hostile-case.ts'
import { file, withManifest } from './parts.ts'

const link = (type: string, path: string, target: string) => entry({ path, type, link: target })

/** What leads out of the package, and then is written through. */
const LINKS: readonly (readonly [title: string, ...entries: Buffer[]])[] = [
  ['a symbolic link', link('2', 'package/x', '/etc/passwd')],
  ['a symbolic link within the package', link('2', 'package/x', 'package.json')],
  ['a symbolic link to itself', link('2', 'package/x', 'x')],
  ['a symbolic link to nothing', link('2', 'package/x', '')],
  ['a symbolic link up', link('2', 'package/x', '../../..')],
  ['a symbolic link to a drive', link('2', 'package/x', 'C:\\Windows')],
  ['a symbolic link to a share', link('2', 'package/x', '\\\\server\\share')],
  ['a symbolic link to the files of a process', link('2', 'package/x', '/proc/self/environ')],
  ['a symbolic link and a file through it', link('2', 'package/x', '/tmp'), file('package/x/y')],
  ['a symbolic link and a file of its name', link('2', 'package/x', '/etc/cron.d/x'), file('package/x')],
  ['a symbolic link by another case and a file through it', link('2', 'package/X', '..'), file('package/x/y')],
  ['a symbolic link that a folder replaces', link('2', 'package/x', '..'), entry({ path: 'package/x/', type: '5' })],
  ['a folder that a symbolic link replaces', entry({ path: 'package/x/', type: '5' }), link('2', 'package/x', '/')],
  ['a symbolic link with a closing slash', link('2', 'package/x/', '/tmp')],
  ['two symbolic links, one through the other', link('2', 'package/a', '..'), link('2', 'package/b', 'a/..')],
  ['a symbolic link for the root', link('2', 'package', '/tmp')],
  ['a symbolic link with contents', entry({ path: 'package/x', type: '2', link: '/tmp', data: 'text' })],
  ['a symbolic link with the mode of a file', entry({ path: 'package/x', type: '2', link: '..', mode: 0o644 })],
  ['a hard link', link('1', 'package/x', 'package/package.json')],
  ['a hard link to outside', link('1', 'package/x', '/etc/passwd')],
  ['a hard link up', link('1', 'package/x', 'package/../../secret')],
  ['a hard link and a file of its name', link('1', 'package/x', '../secret'), file('package/x', 'overwritten')],
  ['a hard link to a symbolic link', link('1', 'package/x', 'package/y'), link('2', 'package/y', '/')],
  ['a hard link with contents', entry({ path: 'package/x', type: '1', link: 'package/package.json', data: 'text' })],
  ['a character device', entry({ type: '3', patch: [[329, '0000001\u00000000003\0']] })],
  ['a block device', entry({ type: '4', patch: [[329, '0000010\u00000000000\0']] })],
  ['a pipe', entry({ type: '6' })],
  ['a contiguous file', entry({ type: '7', data: 'text' })],
  ['a sparse file', entry({ type: 'S', magic: 'ustar  \0' })],
  ['a GNU dump folder', entry({ path: 'package/a/', type: 'D', data: 'Yfile\0\0' })],
  ['a GNU part of a file of another volume', entry({ type: 'M' })],
  ['a GNU volume label', entry({ path: 'volume', type: 'V' })],
  ['a Solaris list of rights', entry({ type: 'A', data: 'text' })],
  ['a Solaris extended header', entry({ type: 'X', data: '9 path=x\n' })],
  ['a Solaris extended attribute', entry({ type: 'E' })],
  ['metadata alone', entry({ type: 'I' })],
  ['a type of a vendor', entry({ type: 'Z' })],
  ['an unknown digit for a type', entry({ type: '9' })],
  ['a space for a type', entry({ type: ' ' })],
  ['a line end for a type', entry({ type: '\n' })],
  ['a file with a link target', entry({ link: '/etc/passwd' })],
  ['a folder with a link target', entry({ path: 'package/a/', type: '5', link: '/' })],
  ['a PAX header with a link target', entry({ path: 'PaxHeader/x', type: 'x', link: '/', data: '11 mtime=1\n' })],
]

export const LINKS_AND_DEVICES: readonly HostileCase[] = LINKS.map(([title, ...entries]) => ({
  title,
  bytes: () => withManifest(...entries),
  rule: 'PKG-06',
}))
