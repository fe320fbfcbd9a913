import { parseArgs } from 'node:util'
import { usageError } from './cli-error.ts'
import type { Command, OptionDeclaration } from './command.ts'
import { nearestName } from './nearest-name.ts'

export const GLOBAL_OPTIONS: Readonly<Record<string, OptionDeclaration>> = {
  json: { type: 'boolean', help: 'Print one JSON document instead of text' },
  'no-color': { type: 'boolean', help: 'No colours; as a pipe and NO_COLOR do' },
  help: { type: 'boolean', short: 'h', help: 'Show what the command does' },
}

export interface ParsedCommandLine {
  positionals: string[]
  options: Readonly<Record<string, string | boolean>>
}

/** Arguments of one command. Throws a usage `CliError` for an unknown option, a missing value, a wrong count. */
export function parseCommandLine(command: Command, args: readonly string[]): ParsedCommandLine {
  const declared = { ...command.options, ...GLOBAL_OPTIONS }
  const { tokens } = parseArgs({
    args: [...args],
    options: Object.fromEntries(Object.entries(declared).map(([name, { type, short }]) => [name, plain(type, short)])),
    strict: false,
    allowPositionals: true,
    tokens: true,
  })
  const positionals: string[] = []
  const options: Record<string, string | boolean> = {}
  for (const token of tokens) {
    if (token.kind === 'positional') positionals.push(token.value)
    if (token.kind === 'option') options[token.name] = valueOfOption(command, declared, token)
  }
  if (options.help !== true) checkCount(command, positionals)
  return { positionals, options }
}

function plain(type: 'string' | 'boolean', short: string | undefined) {
  return short === undefined ? { type } : { type, short }
}

function valueOfOption(
  command: Command,
  declared: Readonly<Record<string, OptionDeclaration>>,
  token: { name: string; rawName: string; value?: string | undefined },
): string | boolean {
  const option = Object.hasOwn(declared, token.name) ? declared[token.name] : undefined
  if (!option) {
    const near = nearestName(token.name, Object.keys(declared))
    const fix = near ? `Did you mean --${near}?` : `See: annex help ${command.name}`
    throw usageError(`annex ${command.name} has no option ${token.rawName}`, fix)
  }
  if (option.type === 'boolean') {
    if (token.value === undefined) return true
    throw usageError(`${token.rawName} takes no value`, `Write ${token.rawName} alone`)
  }
  // `--server --wait`: the second option is not a value for the first.
  if (token.value === undefined || token.value === '' || token.value.startsWith('--')) {
    throw usageError(`${token.rawName} needs a value`, `Write ${token.rawName} ${option.value ?? '<value>'}`)
  }
  return token.value
}

function checkCount(command: Command, positionals: readonly string[]): void {
  const line = `Write: annex ${command.name} ${command.usage}`.trimEnd()
  if (positionals.length < command.positionals.min) throw usageError(`annex ${command.name} needs an argument`, line)
  const extra = positionals[command.positionals.max]
  if (extra !== undefined) throw usageError(`annex ${command.name} does not take "${extra}"`, line)
}
