import type { Finding } from '@annex/package/finding'
import type { Json } from '@annex/sdk/json'
import type { LogLine } from '../../../runtime/sandbox/run.ts'
import type { SeenCall } from '../../../runtime/trials/seen-calls.ts'
import type { ExplainedFailure } from '../explain-failure.ts'
import { countFindings, showFindings } from '../show-findings.ts'
import type { Terminal } from '../terminal.ts'
import { showUsage, type UsageRow } from '../usage-rows.ts'

/** What happens in `annex dev`, in order. With `--json` each is one line. */
export type DevEvent =
  | { event: 'built'; name: string; version: string; bytes: number; ms: number }
  | { event: 'problem'; code: string; message: string; where?: string; fix?: string }
  | { event: 'findings'; findings: Finding[] }
  | { event: 'run'; handler: string; fixture?: string; upstream: string }
  | ({ event: 'call' } & SeenCall)
  | ({ event: 'log' } & LogLine)
  | { event: 'page'; number: number; value: Json }
  | { event: 'result'; value: Json }
  | ({ event: 'failure' } & ExplainedFailure)
  | { event: 'usage'; rows: UsageRow[] }
  | { event: 'cancelled' }
  | { event: 'waiting' }

export type TellDev = (event: DevEvent) => void

/** One JSON object a line, or words for people. */
export function createDevReport(terminal: Terminal, json: boolean): TellDev {
  if (json) return (event) => terminal.result(JSON.stringify(event))
  return (event) => {
    for (const line of linesOf(terminal, event)) terminal.result(line)
  }
}

function linesOf(terminal: Terminal, told: DevEvent): string[] {
  const { paint } = terminal
  switch (told.event) {
    case 'built':
      return ['', `${paint('bold', 'built')}   ${told.name} ${told.version}, ${told.bytes} bytes, in ${told.ms} ms`]
    case 'problem':
      return ['', `${paint('red', 'error')}   ${told.message}`, ...placeLines(told)]
    case 'findings':
      return [...showFindings(terminal, told.findings), `${paint('bold', 'check')}   ${countFindings(told.findings)}`]
    case 'run':
      return [
        `${paint('bold', 'run')}     ${told.handler}${told.fixture ? ` (fixture ${told.fixture})` : ''}, ${told.upstream}`,
      ]
    case 'call':
      return callLines(terminal, told)
    case 'log':
      return [`  log    ${told.level}: ${told.message}${told.details ? ` ${JSON.stringify(told.details)}` : ''}`]
    case 'page':
      return [`  page   ${told.number}: ${shortJson(told.value)}`]
    case 'result':
      return [`${paint('green', 'result')}  ${shortJson(told.value)}`]
    case 'failure':
      return [
        `${paint('red', 'failed')}  ${told.code}: ${told.message}`,
        ...placeLines(told),
        ...(told.stack ? told.stack.split('\n') : []),
      ]
    case 'usage':
      return [`${paint('bold', 'use')}     ${showUsage(told.rows)}`]
    case 'cancelled':
      return [paint('dim', 'stopped, as the project changed')]
    case 'waiting':
      return [paint('dim', 'waiting for a change; Ctrl-C ends')]
  }
}

function callLines({ paint }: Terminal, { name, target, outcome, rule, code, message, ms }: SeenCall): string[] {
  const colour = outcome === 'allowed' ? 'green' : 'red'
  const decision = `${paint(colour, outcome)} (${rule})`
  const line = `  call   ${name} ${target} ${decision} ${ms} ms`
  return message === undefined ? [line] : [line, `         ${code}: ${message}`]
}

function placeLines({ where, fix }: { where?: string; fix?: string }): string[] {
  return [...(where ? [`  where: ${where}`] : []), ...(fix ? [`  mend:  ${fix}`] : [])]
}

const MAX_SHOWN = 2000

function shortJson(value: Json): string {
  const text = JSON.stringify(value)
  return text.length > MAX_SHOWN ? `${text.slice(0, MAX_SHOWN)}… (${text.length} characters; --json shows all)` : text
}
