import { createInterface } from 'node:readline/promises'
import { CliError, usageError } from './cli-error.ts'
import type { CommandCall } from './command.ts'
import { EXIT } from './exit-codes.ts'

interface ScopeLine {
  scope: string
  words: string
  reason: string
}

/** What the server shows before it installs: only what is told here. */
export interface ConsentSheet {
  required: ScopeLine[]
  optional: ScopeLine[]
  hosts: { host: string; words: string; reason: string }[]
  events: { type: string; words: string }[]
  /** The least grant that is enough. */
  grant: { manifestDigest: string; scopes: unknown[]; hosts: string[] }
}

export type GrantChoice = 'all' | 'required'

/** The sheet of a `CONSENT_REQUIRED`; any other refusal is thrown on. */
export function consentSheetOf(error: unknown): ConsentSheet {
  if (!(error instanceof CliError) || error.code !== 'CONSENT_REQUIRED') throw error
  const { details } = (error.details ?? {}) as { details?: Partial<ConsentSheet> }
  const { required, optional, hosts, events, grant } = details ?? {}
  const complete = Array.isArray(required) && Array.isArray(optional) && Array.isArray(hosts) && Array.isArray(events)
  if (complete && typeof grant === 'object') return { required, optional, hosts, events, grant }
  throw new CliError(EXIT.server, 'BAD_ANSWER', 'The server asks for a consent and does not say to what', {
    fix: 'The server may be of another version than this annex',
  })
}

export function showConsent({ terminal }: CommandCall, { required, optional, hosts, events }: ConsentSheet): string[] {
  const line = (what: string, { words, reason }: { words: string; reason: string }, mark = '') =>
    `  ${terminal.paint('bold', what)}${mark}: ${words} (${reason})`
  return [
    'It asks for:',
    ...required.map((each) => line(each.scope, each)),
    ...optional.map((each) => line(each.scope, each, ' (optional)')),
    ...hosts.map((each) => line(each.host, each)),
    ...events.map(({ type, words }) => `  ${terminal.paint('bold', type)}: ${words}`),
    ...(required.length + optional.length + hosts.length + events.length === 0 ? ['  nothing'] : []),
  ]
}

/** What is granted: as `--grant` says, or as the person answers. */
export async function grantFor(call: CommandCall, sheet: ConsentSheet, choice: GrantChoice | undefined) {
  if ((choice ?? (await ask(call))) === 'required') return sheet.grant
  const optional = sheet.optional.map(({ scope }) => scope)
  return { ...sheet.grant, scopes: [...sheet.grant.scopes, ...optional] }
}

export function grantChoiceOf(call: CommandCall): GrantChoice | undefined {
  const choice = call.text('grant')
  if (choice === undefined || choice === 'all' || choice === 'required') return choice
  throw usageError(`There is no grant "${choice}"`, 'Write --grant all or --grant required')
}

async function ask(call: CommandCall): Promise<GrantChoice> {
  const fix = 'Write --grant all, or --grant required without what is optional'
  if (!call.terminal.interactive) throw usageError('Somebody must agree to what the extension asks for', fix)
  const prompt = createInterface({ input: process.stdin, output: process.stderr })
  try {
    const answer = (await prompt.question('Grant it? [a]ll, [r]equired only, [N]othing: ')).trim().toLowerCase()
    if (answer === 'a' || answer === 'all') return 'all'
    if (answer === 'r' || answer === 'required') return 'required'
  } finally {
    prompt.close()
  }
  throw new CliError(EXIT.failed, 'NOT_GRANTED', 'Nothing was granted, so nothing was installed', { fix })
}
