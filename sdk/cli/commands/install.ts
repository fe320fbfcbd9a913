import { setTimeout as delay } from 'node:timers/promises'
import { checkedUpload } from '../checked-upload.ts'
import { CliError, usageError } from '../cli-error.ts'
import type { Command, CommandCall, Outcome } from '../command.ts'
import { consentSheetOf, grantChoiceOf, grantFor, showConsent } from '../consent.ts'
import { loginFor } from '../credentials.ts'
import { EXIT } from '../exit-codes.ts'
import { createServerClient, type ServerClient } from '../server-client.ts'

const WAIT_MS = 120_000
const POLL_MS = 500

export const install: Command = {
  name: 'install',
  usage: '[folder | file.tgz] --draft [--grant all|required] [--config <json>]',
  description:
    'Installs unpublished bytes in your own test organization, after the same checks as on the server: marked as a\n' +
    'draft, seen by nobody else, gone after 7 days. The same again with newer bytes takes the place of the older ones.',
  positionals: { min: 0, max: 1 },
  options: {
    draft: { type: 'boolean', help: 'Unpublished bytes; what is published is installed in the console' },
    grant: { type: 'string', value: '<all|required>', help: 'Agree to what it asks for, without being asked' },
    config: { type: 'string', value: '<json>', help: 'Its configuration; that of the older draft unless said' },
    organization: { type: 'string', value: '<id>', help: 'Which one, if you belong to several' },
    server: { type: 'string', value: '<address>', help: 'The server; the one of the latest login unless said' },
  },
  run,
}

async function run(call: CommandCall): Promise<Outcome> {
  if (!call.flag('draft')) throw usageError('Only drafts are installed from here', 'Write annex install --draft')
  const choice = grantChoiceOf(call)
  const config = configOf(call)
  const login = await loginFor(call.configuration, call.text('server'))
  if (login.kind === 'key')
    throw new CliError(EXIT.usage, 'SESSION_REQUIRED', 'A key installs nothing: an admin agrees to what is installed', {
      fix: `Run: annex login --server ${login.server} --email <email>`,
    })
  const checked = await checkedUpload(call)
  if (!checked.ok) return checked.outcome
  const client = inOrganization(createServerClient(login.server, login), call.text('organization'))
  const draft = await client.send({ method: 'POST', path: '/api/marketplace/drafts', bytes: checked.bytes })
  const path = `/api/marketplace/drafts/${encodeURIComponent(String(draft.id))}/install`
  const begin = (more: object) => client.send({ method: 'POST', path, json: { ...config, ...more } })
  const begun = await begin({}).catch(async (error: unknown) => {
    const sheet = consentSheetOf(error)
    for (const line of showConsent(call, sheet)) call.terminal.progress(line)
    return begin({ grant: await grantFor(call, sheet, choice) })
  })
  return outcomeOf(call, await settled(call, client, begun))
}

function configOf(call: CommandCall): { config?: object } {
  const text = call.text('config')
  if (text === undefined) return {}
  try {
    const config: unknown = JSON.parse(text)
    if (typeof config === 'object' && config !== null && !Array.isArray(config)) return { config }
  } catch (error) {
    throw usageError(`--config is not JSON: ${(error as SyntaxError).message}`, `Write --config '{"key": "value"}'`)
  }
  throw usageError('--config is no JSON object', `Write --config '{"key": "value"}'`)
}

function inOrganization(client: ServerClient, organization: string | undefined): ServerClient {
  if (organization === undefined) return client
  return { send: (request) => client.send({ ...request, organization }) }
}

async function settled(call: CommandCall, client: ServerClient, begun: Record<string, unknown>) {
  const path = `/api/marketplace/installations/${encodeURIComponent(String(begun.id))}`
  const end = Date.now() + WAIT_MS
  for (let installation = begun; ; installation = await client.send({ method: 'GET', path })) {
    if (installation.state !== 'installing') return installation
    if (Date.now() > end)
      throw new CliError(EXIT.server, 'TIMEOUT', 'It is still being installed', { where: String(begun.id) })
    call.terminal.working('installing')
    await delay(POLL_MS)
  }
}

function outcomeOf(call: CommandCall, installation: Record<string, unknown>): Outcome {
  const { id, extension, version, state, draft, failure } = installation
  const { expiresAt } = (draft ?? {}) as { expiresAt?: string }
  const { step, message } = (failure ?? {}) as { step?: string; message?: string }
  const active = state === 'active'
  const text = [
    `${extension} ${version}: ${call.terminal.paint(active ? 'green' : 'red', String(state))}, a draft until ${expiresAt}`,
    ...(step ? [`  ${step}: ${message}`] : []),
    `installation: ${id}`,
    ...(active ? [`next: annex logs ${id}`] : []),
  ].join('\n')
  return { exit: active ? EXIT.ok : EXIT.failed, data: { installation }, text }
}
