import type { Recording } from '../../../runtime/recordings/recording.ts'
import type { Replay, ReplayEnd } from '../../../runtime/recordings/replay.ts'
import type { Asked, Departure } from '../../../runtime/sandbox/playback.ts'
import { type Difference, differences } from '../../../runtime/trials/differences.ts'
import type { SourcePlaces } from '../source-places.ts'
import type { Terminal } from '../terminal.ts'

export interface ShownReplay {
  recording: Recording
  replay: Replay
  sameCode: boolean
  places: SourcePlaces
}

/** The outcome for programs. */
export function replayData({ recording, replay, sameCode, places }: ShownReplay): Record<string, unknown> {
  const { equal, equalSoFar, identical, departure, expected, actual, usage, logs } = replay
  const { runId, extension, version, digest, input } = recording
  const placed = (end: ReplayEnd) => ({ ...end, ...(end.failure && { failure: withPlaces(end.failure, places) }) })
  return {
    ...{ run: runId, extension, version, digest, handler: input.handler.join('.'), sameCode },
    ...{ equal, equalSoFar, identical },
    ...(departure && { departure: { ...departure, differences: argumentDifferences(departure) } }),
    ...(equal || equalSoFar || departure ? {} : { differences: endDifferences(replay) }),
    ...{ expected, actual: placed(actual), usage, logs },
  }
}

/** The same for people. */
export function showReplay(terminal: Terminal, shown: ShownReplay): string[] {
  const { recording, replay, sameCode, places } = shown
  const { equal, equalSoFar, departure } = replay
  const { runId, input, hidden } = recording
  const head = `${runId} (${input.handler.join('.')}, ${sameCode ? 'the code that was recorded' : 'other code'})`
  const color = equal ? 'green' : equalSoFar ? 'yellow' : 'red'
  const lines = [`${terminal.paint(color, verdictOf(replay))}: ${head}`]
  if (departure) lines.push(...showDeparture(terminal, departure))
  else if (equalSoFar) lines.push(...showOutsideEnd(replay))
  else if (!equal)
    lines.push('the calls are the same, the end is another:', ...showAll(terminal, endDifferences(replay)))
  const { failure } = replay.actual
  if (failure) lines.push(`ends with ${failure.code}: ${failure.message}`)
  if (failure?.stack) lines.push(...places.inText(failure.stack).split('\n'))
  for (const { level, message } of replay.logs)
    lines.push(terminal.paint('dim', `log ${level}: ${places.inText(message)}`))
  if (hidden.personal > 0 && !hidden.settled)
    lines.push(`${hidden.personal} values about persons have stand-ins: code that computes with them may depart`)
  return lines
}

function verdictOf({ equal, equalSoFar, identical }: Replay): string {
  if (equal) return identical ? 'equal to the byte' : 'the same calls and the same end'
  return equalSoFar ? 'the same calls as far as the recording goes' : 'departs'
}

/** Nothing that came after is known, so nothing is said of it but what it is now. */
function showOutsideEnd({ expected, actual }: Replay): string[] {
  const { failure } = expected
  const then = `it was ended from outside (${failure?.code}: ${failure?.message})`
  if (actual.failure) return [`${then}, and now ends with another failure`]
  const { results } = actual
  const more = results.length > expected.results.length
  return [more ? `${then}, and now ends with ${shortened(JSON.stringify(results.at(-1)))}` : `${then}, and now goes on`]
}

function showDeparture(terminal: Terminal, departure: Departure): string[] {
  const { index, expected, actual } = departure
  const lines = [`call ${index + 1} differs:`]
  if (!actual)
    return [...lines, terminal.paint('green', `  expected ${nameOf(expected)}`), '  but nothing more is asked for']
  if (!expected)
    return [...lines, '  nothing more was asked for', terminal.paint('red', `  actual   ${nameOf(actual)}`)]
  const same = nameOf(expected) === nameOf(actual)
  if (same)
    return [
      ...lines,
      `  ${nameOf(actual)}, with other arguments:`,
      ...showAll(terminal, argumentDifferences(departure)),
    ]
  return [
    ...lines,
    terminal.paint('green', `  expected ${nameOf(expected)} ${argumentsOf(expected)}`),
    terminal.paint('red', `  actual   ${nameOf(actual)} ${argumentsOf(actual)}`),
  ]
}

function showAll(terminal: Terminal, list: readonly Difference[]): string[] {
  return list.flatMap(({ path, expected, actual }) => [
    `  at ${path}`,
    terminal.paint('green', `    expected ${expected ?? 'nothing'}`),
    terminal.paint('red', `    actual   ${actual ?? 'nothing'}`),
  ])
}

function nameOf(asked: Asked | undefined): string {
  if (!asked) return 'nothing'
  return asked.k === 'call' ? asked.name : 'setTimeout'
}

const SHOWN_CHARS = 300

function argumentsOf(asked: Asked): string {
  return shortened(JSON.stringify(asked.k === 'call' ? asked.args : asked.ms))
}

function shortened(text: string): string {
  return text.length > SHOWN_CHARS ? `${text.slice(0, SHOWN_CHARS)}…` : text
}

function argumentDifferences({ expected, actual }: Departure): Difference[] {
  if (expected?.k === 'call' && actual?.k === 'call') return differences(expected.args, actual.args)
  if (expected?.k === 'timer' && actual?.k === 'timer') return differences(expected.ms, actual.ms)
  return []
}

function endDifferences({ expected, actual }: Replay): Difference[] {
  const words = ({ results, failure }: ReplayEnd) => ({
    results,
    ...(failure && { failure: { class: failure.class, code: failure.code, message: failure.message } }),
  })
  return differences(words(expected), words(actual))
}

function withPlaces<T extends { stack?: string }>(failure: T, places: SourcePlaces): T {
  return failure.stack === undefined ? failure : { ...failure, stack: places.inText(failure.stack) }
}
