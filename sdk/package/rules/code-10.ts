import type { Json, JsonObject } from '@annex/sdk/json'
import { fileText } from '../file-text.ts'
import { type Observation, shown } from '../finding.ts'
import { PACKAGE_LIMITS as LIMITS } from '../limits.ts'
import type { JsonStage, Rule } from '../rule.ts'
import { lineAt } from '../strict-json.ts'
import { shownPath } from './archive-faults.ts'

/** What npm and its like run by themselves when a package is installed; not what runs when one is published. */
const LIFECYCLE = [
  ...['preinstall', 'install', 'postinstall', 'preprepare', 'prepare', 'postprepare'],
  ...['preuninstall', 'uninstall', 'postuninstall', 'dependencies'],
]

export const code10: Rule = {
  id: 'CODE-10',
  severity: 'warning',
  stage: 'json',
  title: 'Nothing runs when the package is installed',
  waivable: true,
  why: 'Such a script runs outside the sandbox, on the machine of whoever unpacks the package with a package manager.',
  fix: 'Delete the script from package.json; keep what you need while developing under another name.',
  check: lifecycleScripts,
}

function* lifecycleScripts({ package: { files }, json, place }: JsonStage): Iterable<Observation> {
  for (const [path, bytes] of files) {
    if (!/(^|\/)package\.json$/.test(path) || bytes.length > LIMITS.manifest) continue
    const root = path === 'package.json'
    for (const [name, command] of scriptsOf(root ? json : parse(bytes))) {
      const pointer = `/scripts/${name}`
      const run = names(command, path, files)
      yield {
        message:
          run === undefined ? `the script ${name} runs by itself` : `the script ${name} runs ${shown(run)} by itself`,
        ...(run === undefined ? {} : { severity: 'error' as const }),
        ...{ file: shownPath(path), pointer },
        ...(root ? { line: lineAt(place, pointer) } : {}),
      }
    }
  }
}

function scriptsOf(json: Json | undefined): [string, string][] {
  const scripts = isObject(json) ? json.scripts : undefined
  if (!isObject(scripts)) return []
  return LIFECYCLE.flatMap((name): [string, string][] => {
    const command = Object.hasOwn(scripts, name) ? scripts[name] : undefined
    return typeof command === 'string' && command.trim() !== '' ? [[name, command]] : []
  })
}

function isObject(value: Json | undefined): value is JsonObject {
  return typeof value === 'object' && value !== null && !Array.isArray(value)
}

/** One that lies somewhere inside, and is nothing to this platform: what cannot be read has no scripts. */
function parse(bytes: Uint8Array): Json | undefined {
  try {
    return JSON.parse(fileText(bytes) ?? '') as Json
  } catch {
    return undefined
  }
}

/** The file of the package that a command names. */
function names(command: string, of: string, files: ReadonlyMap<string, Uint8Array>): string | undefined {
  const folder = of.slice(0, -'package.json'.length)
  for (const word of command.slice(0, 4000).split(/[\s"'`;&|()<>=]+/)) {
    const path = folder + word.replace(/^(\.\/)+/, '')
    if (path === folder) continue
    const found = [path, `${path}.js`, `${path}/index.js`].find((name) => files.has(name))
    if (found !== undefined) return found
  }
  return undefined
}
