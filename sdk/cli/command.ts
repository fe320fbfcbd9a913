import type { Configuration } from './configuration.ts'
import type { ExitCode } from './exit-codes.ts'
import type { Terminal } from './terminal.ts'

export interface OptionDeclaration {
  type: 'string' | 'boolean'
  short?: string
  /** What stands for the value in the help: `<folder>`. */
  value?: string
  help: string
}

export interface CommandCall {
  positionals: string[]
  text(option: string): string | undefined
  flag(option: string): boolean
  /** Whether the outcome is wanted as JSON. */
  json: boolean
  terminal: Terminal
  configuration: Configuration
  /** The folder that relative paths start from. */
  cwd: string
}

/** What a command leaves: one document for `--json`, or the same for people. */
export interface Outcome {
  exit: ExitCode
  data: Record<string, unknown>
  text: string
  /** Everything was told on the way: nothing is printed at the end. */
  told?: true
}

export interface Command {
  name: string
  /** The arguments after the name: `[folder]`. */
  usage: string
  /** Longer words for `annex help <command>`. */
  description: string
  positionals: { min: number; max: number }
  options: Readonly<Record<string, OptionDeclaration>>
  run(call: CommandCall): Promise<Outcome>
}

/** A command as the overview knows it. */
export interface CommandEntry {
  name: string
  summary: string
  load(): Promise<Command>
}
