import { mkdir, writeFile } from 'node:fs/promises'
import { join, resolve } from 'node:path'
import { buildOrThrow } from '../build-package.ts'
import type { Command, CommandCall, Outcome } from '../command.ts'
import { EXIT } from '../exit-codes.ts'
import { projectFolder } from '../package-source.ts'
import { withSandbox } from '../run-parts.ts'
import { showFindings } from '../show-findings.ts'
import { shownPath } from '../shown-path.ts'

export const pack: Command = {
  name: 'pack',
  usage: '[folder] [--out <folder>]',
  description: 'Bundles, describes and packs. The same files give the same bytes on every machine.',
  positionals: { min: 0, max: 1 },
  options: {
    out: { type: 'string', value: '<folder>', help: 'Where the file goes; beside package.json unless said' },
  },
  run,
}

async function run(call: CommandCall): Promise<Outcome> {
  const folder = await projectFolder(call)
  call.terminal.working('building')
  const built = await withSandbox((sandbox) => buildOrThrow(folder, sandbox))
  const target = resolve(call.cwd, call.text('out') ?? folder)
  const { name, version } = built.manifest
  const file = join(target, `${name.replace('@', '').replace('/', '-')}-${version}.tgz`)
  await mkdir(target, { recursive: true })
  await writeFile(file, built.bytes)
  const { digest, files, warnings } = built
  return {
    exit: EXIT.ok,
    data: { name, version, file, size: built.bytes.length, digest, files, warnings },
    text: [
      ...showFindings(call.terminal, warnings),
      `${call.terminal.paint('green', 'Packed')} ${name} ${version} into ${shownPath(call.cwd, file)}`,
      ...files.map(({ path, size }) => `  ${String(size).padStart(9)}  ${path}`),
      `size:   ${built.bytes.length} bytes`,
      `sha256: ${digest}`,
    ].join('\n'),
  }
}
