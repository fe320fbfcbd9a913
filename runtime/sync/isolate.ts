/** One input and what became of it. `died` is the failure of a batch that held nothing else. */
export type Isolated<I, O, F> = { input: I; output: O } | { input: I; died: F }

export type BatchOutcome<O, F> = { ok: true; outputs: readonly O[] } | { ok: false; failure: F }

/**
 * Runs `inputs` as one batch. A batch that dies is split in halves until what kills it is alone; all others go through.
 * The order of the answers is that of the inputs. `run` throws when the trouble is not in the inputs.
 */
export async function isolate<I, O, F>(
  inputs: readonly I[],
  run: (batch: readonly I[]) => Promise<BatchOutcome<O, F>>,
): Promise<Isolated<I, O, F>[]> {
  if (inputs.length === 0) return []
  const outcome = await run(inputs)
  if (outcome.ok) return inputs.map((input, i) => ({ input, output: outcome.outputs[i] as O }))
  const [only] = inputs
  if (inputs.length === 1 && only !== undefined) return [{ input: only, died: outcome.failure }]
  const middle = Math.ceil(inputs.length / 2)
  return [...(await isolate(inputs.slice(0, middle), run)), ...(await isolate(inputs.slice(middle), run))]
}
