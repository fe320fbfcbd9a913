import { execFile } from 'node:child_process'
import { existsSync, globSync, readFileSync } from 'node:fs'
import { fileURLToPath } from 'node:url'

/**
 * tap compiles its Test class from the plugins in `.taprc`. A fresh install comes without that class, and the first run
 * of tap would build it with the default plugins, whose TypeScript loader can't work here: so it is built first.
 */
export async function prepareTap(root: URL): Promise<void> {
  if (isPrepared(root)) return
  console.log('building the test class (once)')
  const program = fileURLToPath(new URL('node_modules/tap/dist/esm/run.mjs', root))
  const { code, output } = await run(process.execPath, [program, 'build'], fileURLToPath(root))
  if (code !== 0 || !isPrepared(root))
    throw new Error(`tap build ended with ${code}; npm ci mends a broken one:\n${output}`)
}

function isPrepared(root: URL): boolean {
  if (!existsSync(new URL('.tap/plugins/node_modules', root))) return false
  const [built] = globSync('node_modules/@tapjs/test/test-built/dist/esm/index.js', { cwd: fileURLToPath(root) })
  if (!built) return false
  const signature = /^export const signature = `([^`]*)`/m.exec(readFileSync(new URL(built, root), 'utf8'))?.[1]
  if (signature === undefined) return false
  const plugins = signature.split('\n')
  return switchedOff(root).every((plugin) => !plugins.includes(plugin))
}

/** The plugins that `.taprc` excludes: `"!@tapjs/typescript"`. */
function switchedOff(root: URL): string[] {
  const text = readFileSync(new URL('.taprc', root), 'utf8')
  return [...text.matchAll(/"!([^"]+)"/g)].map((match) => match[1] ?? '')
}

function run(program: string, args: string[], cwd: string): Promise<{ code: number; output: string }> {
  return new Promise((resolve) => {
    execFile(program, args, { cwd, timeout: 120_000 }, (error, stdout, stderr) => {
      resolve({ code: error ? Number(error.code ?? 1) : 0, output: stdout + stderr })
    })
  })
}
