import { styleText } from 'node:util'

type Colour = 'red' | 'green' | 'yellow' | 'dim' | 'bold'

/** Where a command's words go. Results are for standard output, everything on the way for standard error. */
export interface Terminal {
  readonly interactive: boolean
  /** Text in a colour, or as it is where colours are not wanted. */
  paint(colour: Colour, text: string): string
  /** A line on what happens now; nothing with `--json`. */
  progress(text: string): void
  /** What takes time, while it does: one line that the next one replaces; nothing unless a person looks on. */
  working(text: string): void
  result(text: string): void
  error(text: string): void
}

export function createTerminal(options: { noColor: boolean; quiet: boolean }): Terminal {
  const colours = !options.noColor && process.stdout.isTTY === true
  const watched = process.stderr.isTTY === true && !options.quiet
  let working = false
  const clear = () => {
    if (working) process.stderr.write('\r\x1b[K')
    working = false
  }
  return {
    interactive: process.stdin.isTTY === true && process.stderr.isTTY === true,
    paint: (colour, text) => (colours ? styleText(colour, text, { validateStream: false }) : text),
    progress: (text) => {
      clear()
      if (!options.quiet) process.stderr.write(`${text}\n`)
    },
    working(text) {
      if (!watched) return
      clear()
      process.stderr.write(`${text} …`)
      working = true
    },
    result(text) {
      clear()
      process.stdout.write(`${text}\n`)
    },
    error(text) {
      clear()
      process.stderr.write(`${text}\n`)
    },
  }
}
