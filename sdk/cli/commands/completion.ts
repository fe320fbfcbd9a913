import { usageError } from '../cli-error.ts'
import type { Command, CommandCall, CommandEntry, Outcome } from '../command.ts'
import { EXIT } from '../exit-codes.ts'
import { GLOBAL_OPTIONS } from '../parse-command-line.ts'

interface Completed {
  name: string
  summary: string
  options: { name: string; help: string; takesValue: boolean }[]
}

const SCRIPTS: Readonly<Record<string, (commands: readonly Completed[]) => string>> = { bash, zsh, fish }

/** Completes the commands of this list. */
export function createCompletion(commands: readonly CommandEntry[]): Command {
  return { ...COMPLETION, run: (call) => run(commands, call) }
}

const COMPLETION: Omit<Command, 'run'> = {
  name: 'completion',
  usage: 'bash | zsh | fish',
  description: `Prints a script that completes commands and options. To keep it:
  bash  annex completion bash >> ~/.bashrc
  zsh   annex completion zsh > "\${fpath[1]}/_annex"
  fish  annex completion fish > ~/.config/fish/completions/annex.fish`,
  positionals: { min: 1, max: 1 },
  options: {},
}

async function run(commands: readonly CommandEntry[], call: CommandCall): Promise<Outcome> {
  const [shell = ''] = call.positionals
  const write = Object.hasOwn(SCRIPTS, shell) ? SCRIPTS[shell] : undefined
  if (!write) throw usageError(`There is no completion for "${shell}"`, 'Write: annex completion bash, zsh or fish')
  const script = write(await Promise.all(commands.map(described)))
  return { exit: EXIT.ok, data: { shell, script }, text: script }
}

async function described({ name, summary, load }: CommandEntry): Promise<Completed> {
  const options = Object.entries({ ...(await load()).options, ...GLOBAL_OPTIONS })
  return {
    name,
    summary,
    options: options.map(([option, { type, help }]) => ({ name: option, help, takesValue: type === 'string' })),
  }
}

function bash(commands: readonly Completed[]): string {
  const cases = commands.map(
    ({ name, options }) => `    ${name}) words="${options.map((option) => `--${option.name}`).join(' ')}" ;;`,
  )
  return `_annex() {
  local words="" current="\${COMP_WORDS[COMP_CWORD]}"
  if [ "$COMP_CWORD" -eq 1 ]; then
    COMPREPLY=($(compgen -W "${commands.map(({ name }) => name).join(' ')} help version" -- "$current"))
    return
  fi
  case "\${COMP_WORDS[1]}" in
${cases.join('\n')}
  esac
  case "$current" in
    -*) COMPREPLY=($(compgen -W "$words" -- "$current")) ;;
  esac
}
complete -o default -F _annex annex`
}

function zsh(commands: readonly Completed[]): string {
  const names = commands.map(({ name, summary }) => `    ${quoted(`${name}:${summary}`)}`)
  const cases = commands.map(({ name, options }) => {
    const specs = options.map((option) => {
      const value = option.takesValue ? ':value:_files' : ''
      return quoted(`--${option.name}[${option.help.replace(/[[\]:]/g, ' ')}]${value}`)
    })
    return `    ${name}) _arguments ${specs.join(' ')} '*:file:_files' ;;`
  })
  return `#compdef annex
_annex() {
  local -a commands
  commands=(
${names.join('\n')}
  )
  if (( CURRENT == 2 )); then
    _describe 'command' commands
    return
  fi
  case "$words[2]" in
${cases.join('\n')}
  esac
}
compdef _annex annex`
}

function fish(commands: readonly Completed[]): string {
  return commands
    .flatMap(({ name, summary, options }) => [
      `complete -c annex -n __fish_use_subcommand -a ${name} -d ${quoted(summary)}`,
      ...options.map(
        (option) =>
          `complete -c annex -n '__fish_seen_subcommand_from ${name}' -l ${option.name}${option.takesValue ? ' -r' : ''} -d ${quoted(option.help)}`,
      ),
    ])
    .join('\n')
}

/** For a shell: in single quotes. */
function quoted(text: string): string {
  return `'${text.replaceAll("'", "'\\''")}'`
}
