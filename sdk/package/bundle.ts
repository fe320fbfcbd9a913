import { realpath, stat } from 'node:fs/promises'
import { isBuiltin } from 'node:module'
import { resolve } from 'node:path'
import { type BuildFailure, build, type Message } from 'esbuild'
import { absentModules } from './absent-modules.ts'
import { bundledLibraries, type Library } from './bundled-libraries.ts'
import { portablePaths } from './portable-paths.ts'
import { sdkFiles } from './sdk-files.ts'

/** The variable that the bundle sets; the definition is its `default`. */
export const GLOBAL_NAME = 'annexExtension'

export interface BundleProblem {
  message: string
  /** Relative to the folder. */
  file?: string
  /** From 1. */
  line?: number
  column?: number
  fix: string
}

export interface BundleOptions {
  /** What the author writes, relative to the folder: `src/index.ts`. */
  source: string
  /** What is made of it: `dist/extension.js`. Only its name goes into the source map; nothing is written. */
  entry: string
  /** The file that `@annex/sdk` stands for; the SDK beside this package unless given. */
  sdk?: string
}

export type Bundle =
  | { ok: true; source: string; sourceMap: string; libraries: Library[]; warnings: BundleProblem[] }
  | { ok: false; problems: BundleProblem[] }

/**
 * Bundles the source of an extension into one classic script that sets `annexExtension`. The same files give the same
 * text, wherever the folder lies. What the author can mend comes back as problems.
 */
export async function bundle(folder: string, options: BundleOptions): Promise<Bundle> {
  // esbuild follows links, so paths come out relative to the real folder.
  const root = await realpath(folder)
  try {
    const result = await build({
      absWorkingDir: root,
      entryPoints: [resolve(root, options.source)],
      outfile: resolve(root, options.entry),
      bundle: true,
      write: false,
      metafile: true,
      format: 'iife',
      globalName: GLOBAL_NAME,
      platform: 'neutral',
      // The guest has the web's common minimum, not Node: where a library has a build for each, that of the web is meant.
      conditions: ['worker', 'browser'],
      mainFields: ['browser', 'module', 'main'],
      target: 'es2024',
      sourcemap: 'external',
      legalComments: 'none',
      logLevel: 'silent',
      // What older libraries call the global object, and what many ask to know that they are not at home.
      define: { window: 'globalThis', 'process.env.NODE_ENV': '"production"' },
      plugins: [sdkFiles(options.sdk), absentModules],
      ...(await compilerOptions(root)),
    })
    const [map, script] = ['.map', '.js'].map(
      (end) => result.outputFiles.find((file) => file.path.endsWith(end))?.text ?? '',
    )
    const portable = portablePaths(script ?? '', map ?? '')
    const libraries = await bundledLibraries(root, result.metafile)
    return { ok: true, ...portable, libraries, warnings: result.warnings.map(toProblem) }
  } catch (error) {
    if (!isBuildFailure(error)) throw error
    return { ok: false, problems: error.errors.map(toProblem) }
  }
}

/** The author's own compiler options, and not those of a folder further up, which another machine does not have. */
async function compilerOptions(root: string): Promise<{ tsconfig: string } | { tsconfigRaw: string }> {
  const tsconfig = resolve(root, 'tsconfig.json')
  const present = await stat(tsconfig).then(
    (found) => found.isFile(),
    () => false,
  )
  return present ? { tsconfig } : { tsconfigRaw: '{}' }
}

function isBuildFailure(error: unknown): error is BuildFailure {
  return error instanceof Error && 'errors' in error && Array.isArray(error.errors)
}

function toProblem({ text, location }: Message): BundleProblem {
  const problem = explain(text)
  if (!location) return problem
  return { ...problem, file: location.file, line: location.line, column: location.column + 1 }
}

function explain(text: string): { message: string; fix: string } {
  const name = /^Could not resolve "([^"]{1,200})"/.exec(text)?.[1]
  if (name === undefined) return { message: text, fix: 'Correct the code at this place.' }
  if (isBuiltin(name))
    return {
      message: `"${name}" is a module of Node, and extensions run without Node`,
      fix: 'Use the web APIs that extensions have (fetch, URL, crypto.subtle, TextEncoder), or ctx.fetch and ctx.kv.',
    }
  if (/^[./]/.test(name)) return { message: `there is no file ${name}`, fix: 'Correct the path of the import.' }
  return {
    message: `the library "${name}" is not installed`,
    fix: `Run \`npm install ${name}\` in the extension's folder.`,
  }
}
