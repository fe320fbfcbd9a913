import { CAGE_LIMITS } from '../../runtime/sandbox/limits.ts'
import type { LogLine, RunFailure, StepLimits } from '../../runtime/sandbox/run.ts'
import { isUnhandled } from '../../runtime/trials/run-fixture.ts'
import type { SourcePlaces } from './source-places.ts'

/** The end of a run as its author can use it. */
export interface ExplainedFailure extends RunFailure {
  /** `src/index.ts:12:3`; where the handler is defined when the run left no place of its own. */
  where?: string
  /** How to mend it. */
  fix: string
}

export interface FailedRun {
  failure: RunFailure
  handler: readonly string[]
  limits: StepLimits
  places: SourcePlaces
}

/** Says what, where in the author's TypeScript, and how to mend it. */
export function explainFailure({ failure, handler, limits, places }: FailedRun): ExplainedFailure {
  const stack = failure.stack && places.inText(failure.stack)
  const own = stack && /\(?((?!node_modules)[^\s()]+:\d+:\d+)\)?$/m.exec(stack)?.[1]
  const where = own ?? places.ofHandler(handler)
  const unwritable = !own && UNWRITABLE.test(failure.message)
  const result = `The result of ${nameOf(handler)} cannot be written as JSON: ${failure.message}`
  return {
    ...failure,
    ...(unwritable && { message: result }),
    ...(stack && { stack }),
    ...(where && { where }),
    fix: unwritable || UNWRITABLE.test(failure.message) ? FIX_JSON : fixFor(failure, limits),
  }
}

/** A line of the guest's log with the author's places in it, and what a rejection that nobody handles needs. */
export function explainLog({ message, ...line }: LogLine, places: SourcePlaces): LogLine {
  const text = places.inText(message)
  return { ...line, message: isUnhandled({ ...line, message }) ? explainUnhandled(text) : text }
}

function explainUnhandled(text: string): string {
  const where = /([^\s()]+:\d+:\d+)\)?$/m.exec(text)?.[1]
  return [text, ...(where ? [`where: ${where}`] : []), `mend:  ${FIX_UNHANDLED}`].join('\n  ')
}

/** As people write it: an action is meant by its name. */
function nameOf(handler: readonly string[]): string {
  return (handler[0] === 'actions' ? handler.slice(0, 2) : handler).join('.')
}

/** How V8 says that JSON has no form for a value. */
const UNWRITABLE = /serialize a BigInt|circular structure to JSON/

const FIX_JSON =
  'Only plain JSON crosses the border: write a BigInt as text, a Date with toISOString(), and copy the fields that are needed'
const FIX_UNHANDLED =
  'A promise was started and nobody waits for it: put await before the call, or .catch() behind it; what fails here is lost in production'

function fixFor({ class: ending, code, message }: RunFailure, limits: StepLimits): string {
  return byCode(code, message) ?? byClass(ending, limits) ?? FIX_CODE
}

const FIX_CODE = 'Correct the code at this place, or catch the error there; annex dev runs it again at each save'

function byCode(code: string, message: string): string | undefined {
  switch (code) {
    case 'PERMISSION_DENIED':
      return fixPermission(message)
    case 'EGRESS_DENIED':
      return fixEgress(message)
    case 'EXTENSION_LOAD_FAILED':
      return 'Code outside the handlers runs when the extension is loaded: keep it short, and call nothing there'
    case 'AUTHENTICATION_FAILED':
      return 'Give the credentials that the manifest declares: annex dev --credentials <file>'
    case 'CONNECTION_FAILED':
      return 'Look whether the upstream runs; annex dev --upstream answers from the recording of a fixture, or from dev/upstream.ts'
    case 'QUOTA_EXCEEDED':
      return 'Do less in one step: ask for more records at a time, and leave the rest for the next page'
    case 'INVALID_ARGUMENT':
      return 'Hold the arguments of the call against the table of calls in the guide'
    default:
      return undefined
  }
}

function fixPermission(message: string): string {
  const scope = /^((?:read|write):[\w-]+) is /.exec(message)?.[1]
  if (!scope) return 'Ask for it under annex.permissions in package.json, or catch PERMISSION_DENIED'
  const request = `{ "scope": "${scope}", "reason": "…" }`
  return `Add ${request} to annex.permissions.required in package.json, or catch PERMISSION_DENIED and do without`
}

function fixEgress(message: string): string {
  const host = /^https?:\/\/([^\s/:]+)/.exec(message)?.[1]
  if (!host) return 'Reach only hosts that stand under annex.egress in package.json, by https'
  return `Add { "host": "${host}", "reason": "…" } to annex.egress in package.json`
}

function byClass(ending: RunFailure['class'], { sliceMs, cpuMs, wallMs }: StepLimits): string | undefined {
  switch (ending) {
    case 'CPU':
      return `Look for a loop that does not end in this handler or in what it calls. ${sliceMs} ms without an await and ${cpuMs} ms altogether are allowed: do large work page by page`
    case 'MEMORY':
      return `Look for a list that only grows in this handler or in what it calls. ${CAGE_LIMITS.guestHeapMb} MB are allowed: yield pages, and let go of what is done`
    case 'WALL':
      return `Everything that the handler awaits must come within ${wallMs} ms: look for a promise that nobody settles, or a slow upstream`
    default:
      return undefined
  }
}
