import { mkdir, readdir, writeFile } from 'node:fs/promises'
import { dirname, join, resolve } from 'node:path'
import type { AnnexManifest } from '@annex/sdk/manifest'
import { CliError, usageError } from '../cli-error.ts'
import type { Command, CommandCall, Outcome } from '../command.ts'
import { EXIT } from '../exit-codes.ts'
import { type ProjectDraft, projectFiles } from '../template/project-files.ts'
import { writeEnvironment } from '../write-environment.ts'

const SLUG = /^[a-z0-9][a-z0-9-]{1,38}$/

export const init: Command = {
  name: 'init',
  usage: '<name> [--kind connector|transformation] [--publisher <slug>]',
  description: 'Writes a whole project into ./<name>. It passes "annex check" and "annex test" as it is.',
  positionals: { min: 1, max: 1 },
  options: {
    kind: { type: 'string', value: '<kind>', help: 'connector (the default) or transformation' },
    publisher: { type: 'string', value: '<slug>', help: 'Your publisher name; my-company unless said' },
  },
  run,
}

async function run(call: CommandCall): Promise<Outcome> {
  const draft = draftOf(call)
  const folder = resolve(call.cwd, draft.name)
  await refuseUnlessEmpty(folder)
  const files = projectFiles(draft)
  for (const [path, text] of Object.entries(files)) {
    await mkdir(dirname(join(folder, path)), { recursive: true })
    await writeFile(join(folder, path), text)
  }
  const { annex } = JSON.parse(files['package.json'] ?? '{}') as { annex: AnnexManifest }
  await writeEnvironment(folder, annex)
  const paths = [...Object.keys(files), 'annex-env.d.ts'].sort()
  const name = `@${draft.publisher}/${draft.name}`
  return {
    exit: EXIT.ok,
    data: { name, folder, files: paths },
    text: [
      `${call.terminal.paint('green', 'Made')} ${name} in ${folder}`,
      ...paths.map((path) => `  ${path}`),
      '',
      'Next:',
      `  cd ${draft.name}`,
      '  annex test             # runs fixtures/ in the real sandbox: 1 passed',
      '  annex dev first        # runs it again at each save of src/',
      "  annex check            # the marketplace's own rules",
      '',
      'To publish it (login and publisher only once; without --register if you have an account):',
      '  annex login --server <address> --email <email> --register',
      `  annex publisher ${draft.publisher}`,
      '  annex publish --wait',
    ].join('\n'),
  }
}

function draftOf(call: CommandCall): ProjectDraft {
  const name = call.positionals[0] ?? ''
  const publisher = call.text('publisher') ?? 'my-company'
  const kind = call.text('kind') ?? 'connector'
  for (const [what, text] of [
    ['name', name],
    ['publisher', publisher],
  ] as const) {
    if (!SLUG.test(text)) {
      throw usageError(
        `"${text}" cannot be a ${what}`,
        'Use 2 to 39 small letters, digits and hyphens, no hyphen first',
      )
    }
  }
  if (kind !== 'connector' && kind !== 'transformation') {
    throw usageError(`There is no kind "${kind}"`, 'Write --kind connector or --kind transformation')
  }
  return { publisher, name, kind, year: new Date().getFullYear() }
}

async function refuseUnlessEmpty(folder: string): Promise<void> {
  const entries = await readdir(folder).catch((error: NodeJS.ErrnoException) => {
    if (error.code === 'ENOENT') return []
    throw new CliError(EXIT.usage, 'USAGE', `The folder cannot be used: ${error.message}`, { where: folder })
  })
  if (entries.length === 0) return
  throw new CliError(EXIT.usage, 'USAGE', 'The folder is not empty', {
    where: folder,
    fix: 'Choose another name, or empty the folder first: nothing is overwritten',
  })
}
