import { type BenchLine, benchLine } from '../bench-line.ts'
import { extensionCode } from '../bundles/extension-code.ts'
import { generatedBundle } from '../bundles/generated-bundle.ts'
import { inTurns, timed } from '../in-turns.ts'
import type { RawIsolate } from '../peer/raw-isolate.ts'
import { median, p99 } from '../quantile.ts'
import { callGuest, withSandbox } from './caged-guest.ts'

const ROUNDS = 24
const CALLS = 50
const AGAINST = 'isolated-vm bare in one process, a context each, same V8 flags and priority'
const GOALS = { median: { of: 'difference', atMost: 0.15 }, p99: { of: 'ratio', atMost: 2 } } as const

interface Subject {
  name: string
  source: string
  handler: string
  argument: { name: string } | { calls: number }
}

/** A small handler in a fresh context, one run after the other, when everything is warm; with host calls too. */
export async function warmInvocation(raw: RawIsolate): Promise<BenchLine[]> {
  const bundle = generatedBundle(50_000)
  const greet = { handler: 'actions.greet.run', argument: { name: 'Ada' } }
  const call = { source: bundle, handler: 'actions.call.run' }
  const subjects: Subject[] = [
    { name: 'warm invocation, hello', source: (await extensionCode('hello')).source, ...greet },
    { name: 'warm invocation, 50 KB', source: bundle, ...greet },
    { name: 'warm invocation, 50 KB, 1 host call', ...call, argument: { calls: 1 } },
    { name: 'warm invocation, 50 KB, 5 host calls', ...call, argument: { calls: 5 } },
  ]
  const lines: BenchLine[] = []
  for (const subject of subjects) lines.push(...(await measure(raw, subject)))
  return lines
}

function measure(raw: RawIsolate, { name, source, handler, argument }: Subject): Promise<BenchLine[]> {
  return withSandbox(async (sandbox) => {
    const peer = await raw.load(source, handler)
    const input = JSON.stringify([argument])
    const guest = { source, handler: handler.split('.') }
    const { ours, theirs } = await inTurns(
      () => timed(CALLS, () => callGuest(sandbox, guest, [argument])),
      () => peer.run([input], CALLS),
      ROUNDS,
    )
    const line = (label: 'median' | 'p99', of: typeof median) =>
      benchLine(`${name}, ${label}`, 'ms', of(ours), {
        peer: { value: of(theirs), against: AGAINST },
        goal: GOALS[label],
      })
    return [line('median', median), line('p99', p99)]
  })
}
