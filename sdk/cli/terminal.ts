import { styleText } from 'node:util'

/** The streams of a process, or what stands for them. */
export interface Streams {
  stdin: { isTTY?: boolean }
  stdout: Stream
  stderr: Stream
}

interface Stream {
  isTTY?: boolean
  write(text: string): unknown
}

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

export function createTerminal(
  { stdin, stdout, stderr }: Streams,
  options: { noColor: boolean; quiet: boolean },
): Terminal {
  const colours = !options.noColor && stdout.isTTY === true
  const watched = stderr.isTTY === true && !options.quiet
  let working = false
  const clear = () => {
    if (working) stderr.write('\r\x1b[K')
    working = false
  }
  return {
    interactive: stdin.isTTY === true && stderr.isTTY === true,
    paint: (colour, text) => (colours ? styleText(colour, text, { validateStream: false }) : text),
    progress: (text) => {
      clear()
      if (!options.quiet) stderr.write(`${text}\n`)
    },
    working(text) {
      if (!watched) return
      clear()
      stderr.write(`${text} …`)
      working = true
    },
    result(text) {
      clear()
      stdout.write(`${text}\n`)
    },
    error(text) {
      clear()
      stderr.write(`${text}\n`)
    },
  }
}
