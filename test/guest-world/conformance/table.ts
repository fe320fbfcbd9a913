/**
 * What Node and the guest are both asked. A case is plain data; the program of its table turns it into an answer. Odd
 * ones are those that nobody writes on purpose: edges of the standards, malformed values, misuse.
 */
export interface Table<Case> {
  usual: readonly Case[]
  odd: readonly Case[]
  answer(input: Case): unknown
}

export interface Answer {
  table: string
  input: string
  odd: boolean
  /** JSON of the value, or the name of the error. */
  output: string
}

/** All answers to a table, in its order. */
export async function answersOf<Case>(table: string, { usual, odd, answer }: Table<Case>): Promise<Answer[]> {
  const answers: Answer[] = []
  for (const [isOdd, inputs] of [
    [false, usual],
    [true, odd],
  ] as const) {
    for (const input of inputs) {
      answers.push({ table, input: textOf(input), odd: isOdd, output: await outputOf(() => answer(input)) })
    }
  }
  return answers
}

async function outputOf(work: () => unknown): Promise<string> {
  try {
    return textOf(await work())
  } catch (error) {
    return `throws ${(error as { name?: unknown }).name}`
  }
}

/** JSON escapes what is not well-formed, so that nothing on the way mends it. */
export function textOf(value: unknown): string {
  return JSON.stringify(value, (_key, item) => (item === undefined ? '(undefined)' : item)) ?? String(value)
}

/** The answer of a part of a case: its value, or the name of its error. */
export function attempt(work: () => unknown): unknown {
  try {
    return work()
  } catch (error) {
    return `throws ${(error as { name?: unknown }).name}`
  }
}

export function bytesOfHex(hex: string): Uint8Array<ArrayBuffer> {
  const digits = hex.replaceAll(' ', '')
  return Uint8Array.from({ length: digits.length / 2 }, (_none, i) =>
    Number.parseInt(digits.slice(i * 2, i * 2 + 2), 16),
  )
}

export function hexOf(bytes: ArrayBuffer | Uint8Array): string {
  return [...new Uint8Array(bytes as ArrayBuffer)].map((byte) => byte.toString(16).padStart(2, '0')).join('')
}
