/** What a library is used for here: each gives a value that JSON can write, the same in Node and in the guest. */
export type Features = Readonly<Record<string, () => unknown>>

/** By the name of the feature: JSON of its value, or what it threw. */
export async function answersTo(features: Features): Promise<Record<string, string>> {
  const answers: Record<string, string> = {}
  for (const [name, use] of Object.entries(features)) {
    try {
      answers[name] = JSON.stringify((await use()) ?? null)
    } catch (error) {
      const { name: kind, message } = error as Error
      answers[name] = `throws ${kind}: ${message}`
    }
  }
  return answers
}
