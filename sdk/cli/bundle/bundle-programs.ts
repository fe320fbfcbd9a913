import { join } from 'node:path'
import { build } from 'esbuild'
import { seams } from './seams.ts'

const ROOT = join(import.meta.dirname, '../../..')
/** What brings binaries of its own, and so is installed beside the bundle. */
export const EXTERNAL = ['esbuild', 'isolated-vm'] as const

export interface Programs {
  /** By file name. */
  files: Map<string, Uint8Array>
  /** Paths of all that went into them, relative to the root of the source tree. */
  inputs: string[]
}

/** The command line, and the program that starts its caged processes: a module each. */
export async function bundlePrograms(): Promise<Programs> {
  const result = await build({
    absWorkingDir: ROOT,
    entryPoints: { annex: 'sdk/cli/main.ts', launcher: 'runtime/sandbox/launcher/main.ts' },
    outdir: ROOT,
    bundle: true,
    write: false,
    metafile: true,
    platform: 'node',
    format: 'esm',
    target: 'node26',
    charset: 'utf8',
    external: [...EXTERNAL],
    // Some libraries are CommonJS, and ask for modules of Node by `require`.
    banner: {
      js: "import * as nodeModule from 'node:module';const require = nodeModule.createRequire(import.meta.url);",
    },
    plugins: [seams()],
    logLevel: 'silent',
  })
  const files = result.outputFiles.map(({ path, contents }) => [path.slice(ROOT.length + 1), contents] as const)
  return { files: new Map(files), inputs: Object.keys(result.metafile.inputs) }
}
