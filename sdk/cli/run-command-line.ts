import { CliError, usageError } from './cli-error.ts'
import type { Command, CommandCall, CommandEntry, Outcome } from './command.ts'
import { readConfiguration } from './configuration.ts'
import { EXIT, type ExitCode } from './exit-codes.ts'
import { commandHelp, overview } from './help.ts'
import { nearestName } from './nearest-name.ts'
import { parseCommandLine } from './parse-command-line.ts'
import { createTerminal, type Streams, type Terminal } from './terminal.ts'

export interface CommandLine {
  commands: readonly CommandEntry[]
  version: string
}

/** What a command line is run in: this process, as a rule. */
export interface Shell extends Streams {
  cwd(): string
  env: NodeJS.ProcessEnv
}

/** Runs one command line and prints its outcome. Never rejects; the number is for the shell. */
export async function runCommandLine(line: CommandLine, args: readonly string[], shell: Shell): Promise<ExitCode> {
  // Told before the parser runs, so that its own refusals come as JSON too.
  const json = args.includes('--json')
  const configuration = readConfiguration(shell.env)
  const noColor = configuration.noColor || args.includes('--no-color')
  const terminal = createTerminal(shell, { noColor, quiet: json })
  try {
    const outcome = await runCommand(line, args, { terminal, configuration, json, cwd: shell.cwd() })
    if (!outcome.told)
      terminal.result(json ? JSON.stringify({ ok: outcome.exit === EXIT.ok, ...outcome.data }, null, 2) : outcome.text)
    return outcome.exit
  } catch (error) {
    return report(error, terminal, json)
  }
}

type Surroundings = Pick<CommandCall, 'terminal' | 'configuration' | 'json' | 'cwd'>

async function runCommand(line: CommandLine, args: readonly string[], around: Surroundings): Promise<Outcome> {
  const [name, ...rest] = args
  if (name === undefined || name === '--json' || name === '--help' || name === '-h' || name === 'help') {
    return help(line, name === 'help' ? rest.find((argument) => !argument.startsWith('-')) : undefined)
  }
  if (name === 'version' || name === '--version' || name === '-v') {
    return { exit: EXIT.ok, data: { version: line.version }, text: line.version }
  }
  const command = await commandNamed(line, name)
  const { positionals, options } = parseCommandLine(command, rest)
  if (options.help === true) return help(line, name)
  return command.run({
    ...around,
    positionals,
    text: (option) => {
      const value = options[option]
      return typeof value === 'string' ? value : undefined
    },
    flag: (option) => options[option] === true,
  })
}

async function commandNamed(line: CommandLine, name: string): Promise<Command> {
  const entry = line.commands.find((one) => one.name === name)
  if (entry) return entry.load()
  const near = nearestName(
    name,
    line.commands.map((one) => one.name),
  )
  throw usageError(`There is no command "${name}"`, near ? `Did you mean: annex ${near}?` : 'See: annex help')
}

async function help(line: CommandLine, name: string | undefined): Promise<Outcome> {
  const text = name === undefined ? overview(line.commands) : commandHelp(await commandNamed(line, name))
  return { exit: EXIT.ok, data: { help: text }, text }
}

function report(error: unknown, terminal: Terminal, json: boolean): ExitCode {
  const { exit, code, message, where, fix, details } = asCliError(error)
  if (json) terminal.result(JSON.stringify({ ok: false, error: { code, message, where, fix, details } }, null, 2))
  else {
    terminal.error(`${terminal.paint('red', 'error')}: ${message}`)
    if (where) terminal.error(`  where: ${where}`)
    if (fix) terminal.error(`  mend:  ${fix}`)
  }
  return exit
}

function asCliError(error: unknown): CliError {
  if (error instanceof CliError) return error
  const text = error instanceof Error ? (error.stack ?? error.message) : String(error)
  return new CliError(EXIT.failed, 'INTERNAL', `annex itself failed: ${text}`, {
    fix: 'This is a fault of annex, not of your package: please report it with the lines above.',
  })
}
