import { createHash } from 'node:crypto'
import { mkdir, writeFile } from 'node:fs/promises'
import { dirname, join } from 'node:path'
import { packCli } from './pack-cli.ts'

/** `npm run pack:cli` writes a file and tells where; with `-` as its argument the bytes go to standard output. */
const bytes = await packCli()
if (process.argv[2] === '-') process.stdout.write(bytes)
else {
  const path = process.argv[2] ?? join(import.meta.dirname, '../../../dist/annex-cli.tgz')
  await mkdir(dirname(path), { recursive: true })
  await writeFile(path, bytes)
  console.log(`${path}\n  ${bytes.length} bytes, SHA-256 ${createHash('sha256').update(bytes).digest('hex')}`)
}
