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
  usage: '@publisher/name [--version <version> | --channel <name>] | [folder | file.tgz] --draft',
  description:
    'Installs what is published in your organization: the latest, or a version or channel that you name. With --draft\n' +
    'unpublished bytes, in your own test organization, after the same checks as on the server: marked as a draft, seen\n' +
    'by nobody else, gone after 7 days. The same again with newer bytes takes the place of the older ones.',
  positionals: { min: 0, max: 1 },
  options: {
    draft: { type: 'boolean', help: 'Unpublished bytes, of the folder or file' },
    version: { type: 'string', value: '<version>', help: 'Of what is published; the latest unless said' },
    channel: { type: 'string', value: '<name>', help: 'The version that this channel names' },
    grant: { type: 'string', value: '<all|required>', help: 'Agree to what it asks for, without being asked' },
    config: { type: 'string', value: '<json>', help: 'Its configuration; that of the older draft unless said' },
    organization: { type: 'string', value: '<id>', help: 'Which one, if you belong to several' },
    server: { type: 'string', value: '<address>', help: 'The server; the one of the latest login unless said' },
  },
  run,
}

async function run(call: CommandCall): Promise<Outcome> {
  const wish = wishOf(call)
  const choice = grantChoiceOf(call)
  const config = configOf(call)
  const login = await loginFor(call.configuration, call.text('server'))
  if (login.kind === 'key')
    throw new CliError(EXIT.usage, 'SESSION_REQUIRED', 'A key installs nothing: an admin agrees to what is installed', {
      fix: `Run: annex login --server ${login.server} --email <email>`,
    })
  const client = inOrganization(createServerClient(login.server, login), call.text('organization'))
  const target = wish ?? (await draftTarget(call, client))
  if ('outcome' in target) return target.outcome
  const begin = (more: object) =>
    client.send({ method: 'POST', path: target.path, json: { ...target.wish, ...config, ...more } })
  const begun = await begin({}).catch(async (error: unknown) => {
    const sheet = consentSheetOf(error)
    for (const line of showConsent(call, sheet)) call.terminal.progress(line)
    return begin({ grant: await grantFor(call, sheet, choice) })
  })
  return outcomeOf(call, await settled(call, client, begun))
}

/** Where the installation is asked for, and which of what is published it is. */
interface Target {
  path: string
  wish: { version?: string; channel?: string }
}

/** `undefined`: a draft is wanted. */
function wishOf(call: CommandCall): Target | undefined {
  const [version, channel] = [call.text('version'), call.text('channel')]
  if (call.flag('draft')) {
    if (version === undefined && channel === undefined) return undefined
    throw usageError('A draft has no version or channel to choose', 'Leave --version and --channel out')
  }
  if (version !== undefined && channel !== undefined)
    throw usageError('--version and --channel name two versions', 'Write one of them')
  const [, publisher, name] = /^@([^/]+)\/([^/]+)$/.exec(call.positionals[0] ?? '') ?? []
  if (publisher === undefined || name === undefined)
    throw usageError(
      'There is no extension to install',
      'Write annex install @publisher/name, or annex install --draft',
    )
  const path = `/api/marketplace/install/${encodeURIComponent(publisher)}/${encodeURIComponent(name)}`
  return { path, wish: { ...(version !== undefined && { version }), ...(channel !== undefined && { channel }) } }
}

async function draftTarget(call: CommandCall, client: ServerClient): Promise<Target | { outcome: Outcome }> {
  const checked = await checkedUpload(call)
  if (!checked.ok) return checked
  const draft = await client.send({ method: 'POST', path: '/api/marketplace/drafts', bytes: checked.bytes })
  return { path: `/api/marketplace/drafts/${encodeURIComponent(String(draft.id))}/install`, wish: {} }
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
  const until = expiresAt === undefined ? '' : `, a draft until ${expiresAt}`
  const text = [
    `${extension} ${version}: ${call.terminal.paint(active ? 'green' : 'red', String(state))}${until}`,
    ...(step ? [`  ${step}: ${message}`] : []),
    `installation: ${id}`,
    ...(active ? [`next: annex logs ${id}`] : []),
  ].join('\n')
  return { exit: active ? EXIT.ok : EXIT.failed, data: { installation }, text }
}
