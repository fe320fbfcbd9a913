import type { CheckStep } from '@annex/sdk/connector'
import type { Json } from '@annex/sdk/json'
import { type Static, Type } from '@sinclair/typebox'
import type { InvocationOutcome } from '../invocations/invocation.ts'
import { checkedBy } from './check-request.ts'
import { isDeeperThan } from './json-depth.ts'

export interface ConnectionTestResult {
  ok: boolean
  steps: CheckStep[]
  /** What to try first when it failed. */
  suggestion?: string
  /** ISO 8601. */
  testedAt: string
}

const Text = Type.String({ maxLength: 2000 })

/** What a connector's `check` may answer; further fields of a step are dropped. */
const Steps = Type.Array(
  Type.Object({
    name: Type.String({ minLength: 1, maxLength: 100 }),
    ok: Type.Boolean(),
    ms: Type.Optional(Type.Number({ minimum: 0 })),
    code: Type.Optional(Type.String({ maxLength: 100 })),
    message: Type.Optional(Text),
    suggestion: Type.Optional(Text),
  }),
  { minItems: 1, maxItems: 20 },
)

const checkSteps = checkedBy(Steps)

const SUGGESTIONS: Readonly<Record<string, string>> = {
  AUTHENTICATION_FAILED: 'Enter the credentials again, and check that they have not expired on the other side.',
  CONNECTION_FAILED: 'Check the address in the configuration, and whether the other system answers at all.',
  TIMEOUT: 'The other system is slow or does not answer: try again later.',
  EGRESS_DENIED: 'The address is not one that this extension was granted: compare the configuration with the consent.',
  PERMISSION_DENIED: 'Grant the extension the scope that it asks for, or use a version that does without it.',
  RATE_LIMIT_EXCEEDED: 'The other system asks for a pause: try again later.',
  QUOTA_EXCEEDED: 'The test used more than a run may use: tell the author of the extension.',
  CPU: 'The extension took more computing time than a run may: its author has to mend that, not you.',
  WALL: 'The extension did not come to an end in time: try again, and tell its author if it happens again.',
  MEMORY: 'The extension took more memory than a run may: its author has to mend that, not you.',
  CRASH: 'The run was cut short: try again.',
  NOT_FOUND: 'Enable or install the connector again.',
}

/** Turns what became of a connector's `check` into a result: a run that died is a failed step like any other. */
export function connectionTestResult(outcome: InvocationOutcome, testedAt: string): ConnectionTestResult {
  const steps = outcome.ok ? readSteps(outcome.value) : [failedStep(outcome.failure.code, outcome.failure.message)]
  const failed = steps.find(({ ok }) => !ok)
  if (!failed) return { ok: true, steps, testedAt }
  return { ok: false, steps, suggestion: failed.suggestion ?? suggestionFor(failed.code), testedAt }
}

function readSteps(value: Json): CheckStep[] {
  const checked = isDeeperThan(value, 4) ? undefined : checkSteps(value)
  if (checked?.ok) return checked.value.map(withSuggestion)
  return [failedStep('INVALID_RESULT', 'The connector did not answer a list of steps.')]
}

function withSuggestion({ name, ok, ms, code, message, suggestion }: Static<typeof Steps>[number]): CheckStep {
  const advice = ok ? suggestion : (suggestion ?? suggestionFor(code))
  return {
    name,
    ok,
    ...(ms === undefined ? {} : { ms }),
    ...(code === undefined ? {} : { code }),
    ...(message === undefined ? {} : { message }),
    ...(advice === undefined ? {} : { suggestion: advice }),
  }
}

function failedStep(code: string, message: string): CheckStep {
  return { name: 'run', ok: false, code, message, suggestion: suggestionFor(code) }
}

function suggestionFor(code: string | undefined): string {
  const known = code !== undefined && Object.hasOwn(SUGGESTIONS, code) ? SUGGESTIONS[code] : undefined
  return known ?? 'Read the message and the log of the extension; if they do not help, ask its author.'
}
