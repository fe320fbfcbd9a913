import type { Recording } from '../../../runtime/recordings/recording.ts'
import type { Replay, ReplayEnd } from '../../../runtime/recordings/replay.ts'
import type { Asked, Departure } from '../../../runtime/sandbox/playback.ts'
import { type Difference, differences } from '../fixtures/differences.ts'
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
  const { equal, identical, departure, expected, actual, usage, logs } = replay
  const { runId, extension, version, digest, input } = recording
  const placed = (end: ReplayEnd) => ({ ...end, ...(end.failure && { failure: withPlaces(end.failure, places) }) })
  return {
    ...{ run: runId, extension, version, digest, handler: input.handler.join('.'), sameCode, equal, identical },
    ...(departure && { departure: { ...departure, differences: argumentDifferences(departure) } }),
    ...(equal || departure ? {} : { differences: endDifferences(replay) }),
    ...{ expected, actual: placed(actual), usage, logs },
  }
}

/** The same for people. */
export function showReplay(terminal: Terminal, shown: ShownReplay): string[] {
  const { recording, replay, sameCode, places } = shown
  const { equal, identical, departure } = replay
  const { runId, input, hidden } = recording
  const head = `${runId} (${input.handler.join('.')}, ${sameCode ? 'the code that was recorded' : 'other code'})`
  const verdict = equal ? (identical ? 'equal to the byte' : 'the same calls and the same end') : 'departs'
  const lines = [`${terminal.paint(equal ? 'green' : 'red', verdict)}: ${head}`]
  if (departure) lines.push(...showDeparture(terminal, departure))
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
  const text = JSON.stringify(asked.k === 'call' ? asked.args : asked.ms)
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
