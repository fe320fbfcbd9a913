import type { Command, CommandEntry, OptionDeclaration } from './command.ts'
import { GLOBAL_OPTIONS } from './parse-command-line.ts'

export function overview(commands: readonly CommandEntry[]): string {
  return [
    'annex: write, try and publish extensions',
    '',
    'Usage: annex <command> [arguments] [options]',
    '',
    ...table(commands.map(({ name, summary }) => [name, summary])),
    '',
    ...table([
      ['help [command]', 'Show this, or what one command does'],
      ['version', 'Show the version'],
    ]),
    '',
    'Every command takes --json and --no-color. Exit codes: 0 done, 1 the package or run is not right, 2 wrong command line, 3 server.',
  ].join('\n')
}

export function commandHelp(command: Command): string {
  const options = Object.entries({ ...command.options, ...GLOBAL_OPTIONS })
  return [
    `Usage: annex ${command.name} ${command.usage}`.trimEnd(),
    '',
    command.description,
    '',
    'Options:',
    ...table(options.map(([name, option]) => [optionTitle(name, option), option.help])),
  ].join('\n')
}

function optionTitle(name: string, { short, value }: OptionDeclaration): string {
  return `${short ? `-${short}, ` : ''}--${name}${value ? ` ${value}` : ''}`
}

function table(rows: readonly (readonly [left: string, right: string])[]): string[] {
  const width = Math.max(...rows.map(([left]) => left.length))
  return rows.map(([left, right]) => `  ${left.padEnd(width)}  ${right}`)
}
