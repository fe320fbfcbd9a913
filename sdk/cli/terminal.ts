import { styleText } from 'node:util'

type Colour = 'red' | 'green' | 'yellow' | 'dim' | 'bold'

/** Where a command's words go. Results are for standard output, everything on the way for standard error. */
export interface Terminal {
  readonly interactive: boolean
  /** Text in a colour, or as it is where colours are not wanted. */
  paint(colour: Colour, text: string): string
  /** A line on what happens now; nothing with `--json`. */
  progress(text: string): void
  result(text: string): void
  error(text: string): void
}

export function createTerminal(options: { noColor: boolean; quiet: boolean }): Terminal {
  const colours = !options.noColor && process.stdout.isTTY === true
  return {
    interactive: process.stdin.isTTY === true && process.stderr.isTTY === true,
    paint: (colour, text) => (colours ? styleText(colour, text, { validateStream: false }) : text),
    progress: (text) => {
      if (!options.quiet) process.stderr.write(`${text}\n`)
    },
    result: (text) => void process.stdout.write(`${text}\n`),
    error: (text) => void process.stderr.write(`${text}\n`),
  }
}
