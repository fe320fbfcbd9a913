import { readFileSync } from 'node:fs'
import { join } from 'node:path'
import type { Sandbox } from '../../runtime/sandbox/run.ts'
import { type BuiltPackage, buildPackage } from '../../sdk/cli/build-package.ts'
import { type Folder, newProject } from '../sdk/cli/new-project.ts'

const LIBRARIES = join(import.meta.dirname, 'libraries')
/** The handlers of the extension: what a library is used for, and what it is used for besides. */
const INDEX = `import { defineConnector } from '@annex/sdk'
import { answersTo } from './features.ts'
import * as library from './library.ts'

const params = { type: 'object' }
const { templated } = library as { templated?: () => string }

export default defineConnector({
  streams: {},
  actions: {
    use: { params, run: () => answersTo(library.features) },
    ...(templated && { template: { params, run: () => templated() } }),
  },
})
`

/** The project of an extension that uses a library of this folder. */
export function libraryProject(library: string): Folder {
  const name = `uses-${library}`
  const { fixtures: _none, ...project } = newProject({ publisher: 'acme', name, kind: 'connector', year: 2026 })
  return {
    ...project,
    'README.md': `# ${name}\n\nShows that the library ${library} works in an extension as it does elsewhere: each answer that it gives\nhere is held against the one that it gives in Node.\n`,
    src: { 'index.ts': INDEX, 'features.ts': textOf('features'), 'library.ts': textOf(library) },
  }
}

/** Packs it as the command line does; throws with what is wrong. */
export async function packLibrary(folder: string, sandbox: Sandbox): Promise<BuiltPackage> {
  const build = await buildPackage(folder, sandbox)
  if (!build.ok) throw new Error(JSON.stringify(build.findings, undefined, 2))
  return build.built
}

function textOf(name: string): string {
  return readFileSync(join(LIBRARIES, `${name}.ts`), 'utf8')
}
