import { setTimeout as delay } from 'node:timers/promises'
import { CliError, usageError } from '../cli-error.ts'
import type { Command, CommandCall, Outcome } from '../command.ts'
import { loginFor } from '../credentials.ts'
import { EXIT } from '../exit-codes.ts'
import { type FailedRun, readFailedRuns } from '../failed-runs.ts'
import { createServerClient, type ServerClient, type ServerRequest } from '../server-client.ts'

const LEVELS = ['debug', 'info', 'warn', 'error']
const COLOURS: Readonly<Record<string, 'red' | 'yellow' | 'dim'>> = { error: 'red', warn: 'yellow', debug: 'dim' }
const POLL_MS = 2_000
/** Rows of runs that end together may come in any order: what ended shortly before is looked at again. */
const OVERLAP_MS = 10_000
/** Runs of a page, as the server allows. */
const RUNS = 20
const FAILED = `outcome=failed&limit=${RUNS}`

interface LogLine {
  invocationId: string
  endedAt: string
  level: string
  message: string
  details?: unknown
  /** The line is not the extension's own: it says how the run ended. */
  failed?: true
}

export const logs: Command = {
  name: 'logs',
  usage: '<installation> [--follow] [--level <level>] [--run <run>]',
  description:
    'Shows what the latest runs of an installation logged and which of them failed, oldest first. With --follow it goes\n' +
    'on until Ctrl-C, and with --json each line that comes is a JSON document of its own.',
  positionals: { min: 1, max: 1 },
  options: {
    follow: { type: 'boolean', short: 'f', help: 'Go on with what comes' },
    level: { type: 'string', value: '<level>', help: 'debug, info, warn or error: nothing below it' },
    run: { type: 'string', value: '<run>', help: 'Of one run alone' },
    organization: { type: 'string', value: '<id>', help: 'Which one, if you belong to several' },
    server: { type: 'string', value: '<address>', help: 'The server; the one of the latest login unless said' },
  },
  run,
}

async function run(call: CommandCall): Promise<Outcome> {
  const level = call.text('level')
  if (level !== undefined && !LEVELS.includes(level))
    throw usageError(`There is no level "${level}"`, `Write one of ${LEVELS.join(', ')}`)
  if (call.flag('follow') && call.text('run') !== undefined)
    throw usageError('A run that has logged is over: there is nothing to follow', 'Write either --run or --follow')
  const login = await loginFor(call.configuration, call.text('server'))
  const client = createServerClient(login.server, login)
  const [runId, organization] = [call.text('run'), call.text('organization')]
  const from = organization === undefined ? {} : { organization }
  const path = `/api/marketplace/installations/${encodeURIComponent(call.positionals[0] ?? '')}`
  const filters = { ...(level && { level }), ...(runId && { run: runId }) }
  const read: Read = (query) => {
    const asked = new URLSearchParams({ ...query, ...filters })
    return readLines(client, { method: 'GET', path: `${path}/logs?${asked}`, ...from })
  }
  const failures = async () => {
    const runs = await readFailedRuns(client, { method: 'GET', path: `${path}/invocations?${FAILED}`, ...from })
    return runs.filter(({ id }) => runId === undefined || id === runId).map(endOf)
  }
  // A run's own lines stand before its end.
  const lines = oldestFirst([...(await read({ limit: String(RUNS) })).lines, ...(await failures())])
  if (call.flag('follow')) return follow(call, lines, read, failures)
  const text = [...lines.map((line) => shown(call, line)), ...replayOf(call, lines)].join('\n')
  return { exit: EXIT.ok, data: { lines }, text: text || 'Nothing was logged.' }
}

type Read = (query: Record<string, string>) => Promise<{ lines: LogLine[]; nextCursor?: string }>
type Failures = () => Promise<LogLine[]>

/** Ends with the process: whoever follows stops it with Ctrl-C. */
async function follow(call: CommandCall, known: readonly LogLine[], read: Read, failures: Failures): Promise<never> {
  const seen = new Map(known.map((line) => [keyOf(line), line.endedAt]))
  const tell = (lines: readonly LogLine[]) => {
    for (const line of lines) call.terminal.result(call.flag('json') ? JSON.stringify(line) : shown(call, line))
  }
  tell(known)
  let latest = [...seen.values()].sort().at(-1) ?? new Date(Date.now() - OVERLAP_MS).toISOString()
  for (;;) {
    await delay(POLL_MS)
    const since = new Date(Date.parse(latest) - OVERLAP_MS).toISOString()
    const lines = oldestFirst([...(await allSince(read, since)), ...(await failures())])
    const fresh = lines.filter((line) => line.endedAt >= since && !seen.has(keyOf(line)))
    tell(fresh)
    for (const line of fresh) seen.set(keyOf(line), line.endedAt)
    latest = fresh.at(-1)?.endedAt ?? latest
    for (const [id, endedAt] of seen) if (endedAt < since) seen.delete(id)
  }
}

async function allSince(read: Read, since: string): Promise<LogLine[]> {
  const all: LogLine[] = []
  for (let cursor: string | undefined; ; ) {
    const { lines, nextCursor } = await read({ since, limit: String(RUNS), ...(cursor && { cursor }) })
    all.push(...lines)
    if (nextCursor === undefined) return all
    cursor = nextCursor
  }
}

/** A run's lines are one thing, its failure another: the two are not read in one moment. */
function keyOf({ invocationId, failed }: LogLine): string {
  return failed ? `${invocationId} failed` : invocationId
}

function endOf({ id, endedAt, text }: FailedRun): LogLine {
  return { invocationId: id, endedAt, level: 'error', message: text, failed: true }
}

async function readLines(client: ServerClient, request: ServerRequest) {
  const { data, nextCursor } = await client.send(request)
  if (!Array.isArray(data)) throw new CliError(EXIT.server, 'BAD_ANSWER', 'The server did not answer with log lines')
  return { lines: data as LogLine[], ...(typeof nextCursor === 'string' && { nextCursor }) }
}

function replayOf(call: CommandCall, lines: readonly LogLine[]): string[] {
  const last = lines.findLast(({ failed }) => failed)
  return last ? [`next: annex replay ${last.invocationId} --installation ${call.positionals[0]}`] : []
}

/** The server tells the newest run first, and within a run the first line first. */
function oldestFirst(lines: readonly LogLine[]): LogLine[] {
  return lines.toSorted((a, b) => (a.endedAt < b.endedAt ? -1 : a.endedAt > b.endedAt ? 1 : 0))
}

function shown({ terminal }: CommandCall, { endedAt, invocationId, level, message, details }: LogLine): string {
  const colour = COLOURS[level]
  const label = level.toUpperCase().padEnd(5)
  const more = details === undefined ? '' : ` ${terminal.paint('dim', JSON.stringify(details))}`
  return `${endedAt} ${invocationId} ${colour ? terminal.paint(colour, label) : label} ${oneLine(message)}${more}`
}

/** A guest's text: nothing of it may move the cursor or colour what follows. */
function oneLine(text: string): string {
  return text.replace(/\p{Cc}/gu, (character) => JSON.stringify(character).slice(1, -1))
}
